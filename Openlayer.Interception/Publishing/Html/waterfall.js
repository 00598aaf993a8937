'use strict'

// Deeper steps are not indented further.
const maxIndent = 12

/** The steps of a trace as a tree, each with a bar at its time. */
class Waterfall {
  constructor(root, onSelect) {
    this.items = flatten(root)
    this.visible = this.items
    this.collapsed = new Set()
    this.selected = 0
    this.onSelect = onSelect
    this.start = Math.min(...bounds(this.items, item => item.step.startTime * 1000, Math.min))
    this.length = Math.max(...bounds(this.items, item => item.step.startTime * 1000 + (item.step.latency ?? 0), Math.max)) - this.start || 1

    this.marks = h('div', { class: 'marks' })
    this.tree = h('div', { class: 'steps', role: 'tree', tabindex: 0, 'aria-label': 'Steps', onkeydown: event => this.press(event) })
    this.element = h('div', { class: 'waterfall' },
      h('div', { class: 'axis', 'aria-hidden': 'true' }, h('span', {}, plural(this.items.length, 'step')), this.marks), this.tree)
    new ResizeObserver(() => this.mark()).observe(this.marks)
    this.list = new VirtualList(this.tree, 2, index => this.row(index))
    this.show()
  }

  get current() {
    return this.items[this.selected]
  }

  /** Selects a step by its place in the trace. */
  select(index) {
    this.selected = index
    const isHidden = this.ancestors(this.current).some(ancestor => this.collapsed.delete(ancestor.index))
    if (isHidden) this.show()
    else this.list.show(this.visible.length)
    this.list.reveal(this.visible.indexOf(this.current))
    this.tree.setAttribute('aria-activedescendant', `step-${index}`)
    this.onSelect(this.current)
  }

  /** The offset of a step from the beginning of the trace, in milliseconds. */
  offset(step) {
    return step.startTime * 1000 - this.start
  }

  ancestors(item) {
    const ancestors = []
    for (let parent = item.parent; parent; parent = parent.parent) ancestors.push(parent)
    return ancestors
  }

  show() {
    this.visible = []
    for (let index = 0; index < this.items.length; index = this.collapsed.has(index) ? this.items[index].end : index + 1) {
      this.visible.push(this.items[index])
    }
    this.tree.style.height = `${Math.min(this.visible.length, 12) * 2}rem`
    this.list.show(this.visible.length)
  }

  toggle(item) {
    if (!this.collapsed.delete(item.index)) this.collapsed.add(item.index)
    this.show()
  }

  press(event) {
    const at = this.visible.indexOf(this.current)
    const { current } = this
    const isParent = current.end > current.index + 1
    const isOpen = isParent && !this.collapsed.has(current.index)
    const go = position => this.select(this.visible[Math.max(0, Math.min(position, this.visible.length - 1))].index)
    const actions = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(at + this.list.pageLength),
      PageUp: () => go(at - this.list.pageLength),
      Home: () => go(0),
      End: () => go(this.visible.length - 1),
      ArrowRight: () => isParent && (isOpen ? go(at + 1) : this.toggle(current)),
      ArrowLeft: () => isOpen ? this.toggle(current) : current.parent && this.select(current.parent.index),
    }
    if (actions[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault()
      actions[event.key]()
    }
  }

  /** Marks round times on the axis, as many as have room. */
  mark() {
    const tick = niceTick(this.length, this.marks.clientWidth / 70)
    this.element.style.setProperty('--tick', `${tick / this.length * 100}%`)
    this.marks.replaceChildren()
    for (let at = 0; at <= this.length * 0.92; at += tick) {
      const mark = h('span', {}, duration(at))
      mark.style.left = `${at / this.length * 100}%`
      this.marks.append(mark)
    }
  }

  row(position) {
    const item = this.visible[position]
    const { step } = item
    const isParent = item.end > item.index + 1
    const isCollapsed = this.collapsed.has(item.index)
    const error = errorOf(step)
    const name = h('div', { class: 'name' },
      h('span', { class: isParent ? 'twist' : 'no-twist', 'aria-hidden': 'true', onclick: isParent && (event => {
        event.stopPropagation()
        this.toggle(item)
      }) }),
      h('span', { class: 'kind', 'data-type': typeOf(step), 'aria-hidden': 'true' }),
      h('span', { class: 'label', title: step.name }, step.name),
      error !== null && h('span', { class: 'failure' }, 'failed'),
      h('span', { class: 'aside' }, [item.depth > maxIndent && `level ${item.depth}`, step.model, tokens(step)].filter(Boolean).join(' · ')))
    name.style.paddingInlineStart = `${Math.min(item.depth, maxIndent) * 1.1}rem`
    return h('div', {
      id: `step-${item.index}`,
      class: `step${error !== null ? ' is-failed' : ''}`,
      role: 'treeitem',
      'aria-level': item.depth + 1,
      'aria-posinset': item.position,
      'aria-setsize': item.siblings,
      'aria-expanded': isParent ? String(!isCollapsed) : null,
      'aria-selected': String(item.index === this.selected),
      onclick: () => this.select(item.index),
    }, name, this.bar(step))
  }

  bar(step) {
    const percent = ms => Math.max(0, Math.min(100, ms / this.length * 100))
    const latency = step.latency ?? 0
    const left = percent(this.offset(step))
    const width = Math.min(percent(latency), 100 - left)
    const first = firstTokenOf(step)
    const bar = h('span', { class: 'bar', 'data-type': typeOf(step) })
    bar.style.left = `${left}%`
    bar.style.width = `${width}%`
    if (first !== null && latency > 0) {
      const waiting = h('span', { class: 'waiting' })
      waiting.style.width = `${Math.min(100, first / latency * 100)}%`
      bar.append(waiting)
    }
    const label = h('span', { class: 'took' }, duration(latency), first !== null && h('span', { class: 'first' }, `first token ${duration(first)}`))
    if (left + width < 62) label.style.left = `${left + width}%`
    else if (left > 38) label.style.right = `${100 - left}%`
    else label.classList.add('inside')
    return h('div', { class: 'track' }, bar, label)
  }
}

/** The extremes of blocks of numbers: a call cannot take as many arguments as a trace can have steps. */
function bounds(items, of, extreme) {
  const blocks = []
  for (let at = 0; at < items.length; at += 10_000) blocks.push(extreme(...items.slice(at, at + 10_000).map(of)))
  return blocks
}

/** A round length that divides a time into at most so many parts. */
function niceTick(length, parts) {
  const rough = length / Math.max(1, parts)
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * [1, 2, 5, 10].find(factor => factor * power >= rough)
}
