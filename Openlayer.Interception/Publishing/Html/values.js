'use strict'

// Longer values are cut until somebody wants to see all of them.
const maxShownCharacters = 20_000

/** A value as text or as formatted JSON. */
function valueView(value) {
  const structure = typeof value === 'string' ? parsedStructure(value) : value
  if (typeof structure === 'string') return textView(structure)
  const text = JSON.stringify(structure, null, 2) ?? 'null'
  const json = h('pre', { class: 'json' })
  fillCut(json, text, part => json.append(...coloured(part)))
  return json
}

function textView(text) {
  if (text === '') return h('p', { class: 'nothing' }, 'empty text')
  const view = h('div', { class: 'text' })
  fillCut(view, text, part => view.append(part))
  return view
}

/** A text that holds a JSON object or array is shown as one. */
function parsedStructure(text) {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function fillCut(view, text, append) {
  append(text.slice(0, maxShownCharacters))
  if (text.length > maxShownCharacters) {
    const more = h('button', { type: 'button', class: 'more' }, `Show all ${counts.format(text.length)} characters`)
    more.addEventListener('click', () => view.replaceChildren(text))
    view.append(more)
  }
}

/** The parts of formatted JSON, each in the colour of its kind. */
function* coloured(json) {
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g
  let end = 0
  for (const match of json.matchAll(token)) {
    if (match.index > end) yield json.slice(end, match.index)
    const [text, string, colon] = match
    if (colon) yield* [h('span', { class: 'key' }, string), colon]
    else yield h('span', { class: string ? 'string' : 'literal' }, text)
    end = match.index + text.length
  }
  yield json.slice(end)
}

/** A list of names and values. */
function fieldsView(fields) {
  return h('dl', { class: 'fields' }, Object.entries(fields).map(([name, value]) => [h('dt', {}, name), h('dd', {}, valueView(value))]))
}

/** Messages, as a conversation. */
function conversationView(messages) {
  return h('ol', { class: 'conversation' }, messages.map(message => {
    const body = h('div', { class: 'body' }, partsOf(message).map(partView))
    const item = h('li', { class: 'message', 'data-role': message.role }, h('div', { class: 'role' }, message.role), body)
    return foldIfLong(item, body)
  }))
}

/** Shows the beginning of a long message. A system prompt often has pages. */
function foldIfLong(item, body) {
  const length = body.textContent.length + 80 * (body.textContent.match(/\n/g)?.length ?? 0)
  if (length < 1200) return item
  const toggle = h('button', { type: 'button', class: 'more', 'aria-expanded': 'false' }, 'Show more')
  body.classList.add('folded')
  toggle.addEventListener('click', () => {
    const isFolded = body.classList.toggle('folded')
    toggle.textContent = isFolded ? 'Show more' : 'Show less'
    toggle.setAttribute('aria-expanded', String(!isFolded))
  })
  item.append(toggle)
  return item
}

/** The messages of a prompt. Null if it is not a list of messages. */
function messagesOf(prompt) {
  if (typeof prompt === 'string') return [{ role: 'user', content: prompt }]
  const isConversation = Array.isArray(prompt) && prompt.length > 0 && prompt.every(message => typeof message?.role === 'string')
  return isConversation ? prompt : null
}

function partsOf({ role, content, name, tool_calls: toolCalls, ...rest }) {
  const parts = contentParts(content)
  if (Array.isArray(toolCalls)) parts.push(...toolCalls.map(call => ({ type: 'tool_call', ...call, ...call?.function })))
  if (Object.keys(rest).length > 0) parts.push({ type: 'fields', fields: rest })
  return parts
}

/** What a model wrote, or a message says: a text, tool calls, or parts of several kinds. */
function contentParts(content) {
  if (content === null || content === undefined) return []
  if (typeof content !== 'object') return [{ type: 'text', text: String(content) }]
  if (Array.isArray(content)) return content.flatMap(contentParts)
  if (typeof content.type === 'string') return [content]
  if ('name' in content && 'arguments' in content) return [{ type: 'tool_call', ...content }]
  if (content.toolCalls || content.refusal || content.errors) {
    return [
      ...contentParts(content.content),
      ...contentParts(content.toolCalls),
      ...(content.refusal ? [{ type: 'refusal', refusal: content.refusal }] : []),
      ...(content.errors ? [{ type: 'error', error: content.errors }] : []),
    ]
  }
  return [{ type: 'value', value: content }]
}

function partView(part) {
  const { type, ...fields } = part
  switch (type) {
    case 'text':
      return textView(String(part.text))
    case 'value':
      return valueView(part.value)
    case 'fields':
      return fieldsView(part.fields)
    case 'reasoning':
      return h('div', { class: 'part' }, h('span', { class: 'part-kind' }, 'reasoning'), textView(textOf(part.text)))
    case 'tool_call':
      return h('div', { class: 'part' },
        h('span', { class: 'part-kind' }, 'calls'), h('code', { class: 'tool' }, textOf(part.name)), valueView(part.arguments ?? {}))
    case 'tool_result':
      return h('div', { class: 'part' },
        h('span', { class: 'part-kind' }, 'result'), part.name && h('code', { class: 'tool' }, textOf(part.name)),
        Array.isArray(part.result) ? part.result.flatMap(contentParts).map(partView) : valueView(part.result ?? null))
    case 'image':
    case 'audio':
    case 'file':
      return h('div', { class: 'part' }, h('span', { class: 'part-kind' }, type), mediaText(part.attachment ?? fields))
    case 'refusal':
    case 'error':
      return h('div', { class: 'part is-failed' }, h('span', { class: 'part-kind' }, type), valueView(part[type] ?? fields))
    default:
      return h('div', { class: 'part' }, h('span', { class: 'part-kind' }, textOf(type)), valueView(fields))
  }
}

/** Media are described. Their bytes are not recorded, and their addresses are not followed. */
function mediaText({ name, mediaType, url, sizeBytes }) {
  return [name, mediaType, typeof sizeBytes === 'number' && bytes(sizeBytes), url].filter(Boolean).join(' · ')
}
