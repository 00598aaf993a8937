'use strict'

// A page that is followed for days must not fill the browser.
const maxTraces = 20_000

const list = byId('list')
const search = byId('search')
const pane = byId('trace')
const traces = []
const rows = new VirtualList(list, 5, traceRow)
let shown = []
let selectedId = null
let isChosen = false
let waterfall = null

/** Reads the traces that follow this script in the file, also while the file still arrives. */
function readTraces() {
  let isNew = false
  for (const element of document.querySelectorAll('script[type="application/json"]')) {
    try {
      traces.push(new Trace(element.textContent))
    } catch {
      // The last one may not have arrived completely. One that was cut off is never complete.
      if (!element.nextSibling && document.readyState === 'loading') break
    }
    element.remove()
    isNew = true
  }
  if (!isNew) return
  traces.splice(0, traces.length - maxTraces)
  scheduleUpdate()
}

let isUpdateScheduled = false
function scheduleUpdate() {
  if (isUpdateScheduled) return
  isUpdateScheduled = true
  requestAnimationFrame(() => {
    isUpdateScheduled = false
    const top = Math.floor(list.scrollTop / rows.rowHeight)
    const first = shown[top]
    update()

    // Traces that arrive above those in view do not move them.
    if (top > 0) list.scrollTop += (shown.indexOf(first) - top) * rows.rowHeight
  })
}

const orders = {
  newest: (a, b) => b.start - a.start,
  oldest: (a, b) => a.start - b.start,
  slowest: (a, b) => b.latency - a.latency,
  tokens: (a, b) => b.tokens - a.tokens,
}

/** Shows the traces that match, in order. */
function update() {
  const words = searchWords()
  const isOnlyFailed = byId('failed').getAttribute('aria-pressed') === 'true'
  shown = traces
    .filter(trace => (!isOnlyFailed || trace.failedSteps > 0) && words.every(word => trace.searchText.includes(word)))
    .sort(orders[byId('order').value])
  rows.show(shown.length)
  const failed = traces.filter(trace => trace.failedSteps > 0).length
  byId('count').textContent = shown.length < traces.length
    ? `${counts.format(shown.length)} of ${plural(traces.length, 'trace')}`
    : plural(traces.length, 'trace') + (failed > 0 ? `, ${counts.format(failed)} failed` : '')
  byId('empty').textContent = shown.length > 0 ? '' : traces.length > 0 ? 'No trace matches.' : 'No traces yet.'
  if (selectedId === null) openFromAddress()
  markSelected()
  markMatches()
}

const searchWords = () => search.value.toLowerCase().split(/\s+/).filter(Boolean)

function traceRow(index) {
  const trace = shown[index]
  const failure = trace.isFailed ? 'failed' : trace.failedSteps > 0 ? `${plural(trace.failedSteps, 'failed step')}` : null
  return h('div', {
    id: `trace-${index}`,
    class: `trace${trace.isFailed ? ' is-failed' : ''}`,
    role: 'option',
    'aria-selected': String(trace.id === selectedId),
    'aria-posinset': index + 1,
    'aria-setsize': shown.length,
    onclick: () => select(trace, true),
  },
    h('div', { class: 'line' }, h('span', { class: 'label', title: trace.name }, trace.name), failure && h('span', { class: 'failure' }, failure), h('span', { class: 'number' }, duration(trace.latency))),
    h('div', { class: 'question', title: trace.question }, trace.question || '\u00a0'),
    h('div', { class: 'line aside' },
      h('span', { class: 'label' }, [time(trace.start), trace.user, trace.models.join(', ')].filter(Boolean).join(' · ')),
      h('span', { class: 'number' }, trace.tokens > 0 && `${counts.format(trace.tokens)} tokens`)))
}

/** Shows a trace. `isWanted`: somebody chose it, so that a narrow screen turns to it. */
function select(trace, isWanted, stepId) {
  if (trace.id !== selectedId) {
    selectedId = trace.id
    showTrace(trace, stepId)
  }
  if (isWanted) {
    isChosen = true
    document.body.dataset.view = 'trace'
  }
  markSelected()
}

function markSelected() {
  const index = shown.findIndex(trace => trace.id === selectedId)
  for (const [at, row] of rows.rows) row.setAttribute('aria-selected', String(at === index))
  if (rows.rows.has(index)) list.setAttribute('aria-activedescendant', `trace-${index}`)
  else list.removeAttribute('aria-activedescendant')
}

function showTrace(trace, stepId) {
  const { row } = trace
  const root = row.steps[0]
  const details = h('div', {})
  let isShown = false
  const steps = new Waterfall(root, item => {
    details.replaceChildren(stepView(item.step, steps.offset(item.step)))
    markMatches()
    isChosen ||= isShown
    // Without a history entry: going back leaves the page, as everybody expects.
    if (isChosen) history.replaceState(null, '', `#${new URLSearchParams({ trace: trace.id, step: item.step.id })}`)
  })
  waterfall = steps
  pane.replaceChildren(
    h('header', { class: 'trace-header' },
      h('button', { type: 'button', class: 'back', onclick: showList }, '← All traces'),
      h('h2', {}, trace.name),
      trace.isFailed && h('span', { class: 'badge is-failed' }, 'failed'),
      copyButton('Copy the trace as JSON', () => trace.text)),
    factsView({
      Started: fullTime(trace.start),
      Duration: duration(trace.latency),
      Tokens: tokens(trace),
      Cost: trace.cost !== null && cost(trace.cost),
      Model: trace.models.join(', '),
      User: trace.user,
      Session: trace.session,
      'Trace id': trace.id,
    }),
    steps.element,
    details)
  pane.scrollTop = 0
  const index = steps.items.findIndex(item => item.step.id === stepId)
  steps.select(Math.max(0, index))
  isShown = true
}

function showList() {
  document.body.dataset.view = 'list'
  list.focus()
}

/** Opens the trace that the address names, or else the first. */
function openFromAddress() {
  const address = new URLSearchParams(location.hash.slice(1))
  const named = traces.find(trace => trace.id === address.get('trace'))
  if (named) {
    select(named, true, address.get('step'))
    rows.reveal(shown.indexOf(named))
  } else if (shown.length > 0) {
    select(shown[0], false)
  }
}

/** Marks what was searched in the trace. */
function markMatches() {
  if (!globalThis.Highlight) return
  CSS.highlights.delete('match')
  const words = searchWords()
  if (words.length === 0) return
  const ranges = []
  const texts = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const text = texts.currentNode.data.toLowerCase()
    for (const word of words) {
      for (let at = text.indexOf(word); at >= 0 && ranges.length < 1000; at = text.indexOf(word, at + word.length)) {
        const range = new Range()
        range.setStart(texts.currentNode, at)
        range.setEnd(texts.currentNode, at + word.length)
        ranges.push(range)
      }
    }
  }
  CSS.highlights.set('match', new Highlight(...ranges))
}

/** Selects a trace at a distance from the selected one. */
function move(distance) {
  if (shown.length === 0) return
  const at = shown.findIndex(trace => trace.id === selectedId)
  const index = Math.max(0, Math.min(at + distance, shown.length - 1))
  rows.reveal(index)
  isChosen = true
  select(shown[index], false)
}

function pressInList(event) {
  const distances = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: rows.pageLength,
    PageUp: -rows.pageLength,
    Home: -Infinity,
    End: Infinity,
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key in distances) {
    event.preventDefault()
    move(distances[event.key])
  } else if (event.key === 'Enter' && waterfall) {
    event.preventDefault()
    document.body.dataset.view = 'trace'
    waterfall.tree.focus()
  }
}

function pressAnywhere(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('shortcuts').open) return
  const { target } = event
  if (event.key === 'Escape') {
    if (target === search && search.value !== '') return
    event.preventDefault()
    showList()
  } else if (target.matches('input, select, textarea')) {
    return
  } else if (event.key === '/') {
    event.preventDefault()
    document.body.dataset.view = 'list'
    search.focus()
    search.select()
  } else if (event.key === '?') {
    byId('shortcuts').showModal()
  } else if (event.key === 'f') {
    byId('failed').click()
  } else if (event.key === 'j') {
    move(1)
  } else if (event.key === 'k') {
    move(-1)
  } else if (event.key === 'Enter' && waterfall && target === waterfall.tree) {
    pane.querySelector('.details').focus()
  }
}

let searchTimer = 0
search.addEventListener('input', () => {
  clearTimeout(searchTimer)
  searchTimer = setTimeout(update, 120)
})
search.addEventListener('keydown', event => {
  if (event.key === 'Enter' || event.key === 'ArrowDown') {
    event.preventDefault()
    update()
    list.focus()
    if (!shown.some(trace => trace.id === selectedId) && shown.length > 0) select(shown[0], false)
  }
})
byId('order').addEventListener('change', update)
byId('failed').addEventListener('click', event => {
  const isPressed = event.currentTarget.getAttribute('aria-pressed') === 'true'
  event.currentTarget.setAttribute('aria-pressed', String(!isPressed))
  update()
})
byId('help').addEventListener('click', () => byId('shortcuts').showModal())
list.addEventListener('keydown', pressInList)
document.addEventListener('keydown', pressAnywhere)
addEventListener('hashchange', () => {
  selectedId = null
  openFromAddress()
})

const arrivals = new MutationObserver(readTraces)
arrivals.observe(document.body, { childList: true, subtree: true })
document.addEventListener('DOMContentLoaded', () => {
  arrivals.disconnect()
  byId('live').hidden = true
  readTraces()

  // Until somebody chose a trace, it is the newest of all.
  if (!isChosen) selectedId = null
  update()
})

// A server that follows the file adds traces as long as the page is open.
setTimeout(() => {
  if (document.readyState === 'loading' && location.protocol.startsWith('http')) {
    byId('live').hidden = false
    update()
  }
}, 1000)
