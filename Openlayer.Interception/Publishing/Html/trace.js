'use strict'

const typeNames = {
  user_call: 'call',
  chat_completion: 'chat',
  embedding: 'embedding',
  agent: 'agent',
  retriever: 'retriever',
  tool: 'tool',
  handoff: 'handoff',
  guardrail: 'guardrail',
}

const typeOf = step => Object.hasOwn(typeNames, step.type) ? step.type : 'user_call'
const isModel = step => step.type === 'chat_completion' || step.type === 'embedding'
const errorOf = step => step.metadata?.Exceptions ?? null

/** The milliseconds until the first token of a streamed answer. Null if the step is no such stream. */
function firstTokenOf(step) {
  const ms = step.metadata?.timeToFirstToken
  return typeof ms === 'number' ? ms : null
}

/** How a stream ended that was not read to its end, and that a step never ended. Null otherwise. */
function noteOf(step) {
  const { streamEnded, streamItems, stillOpen } = step.metadata ?? {}
  if (typeof streamEnded === 'string') return `stream ${streamEnded}` + (streamItems > 0 ? ` after ${plural(streamItems, 'item')}` : '')
  return stillOpen === true ? 'still open' : null
}

/** All steps of a trace in the order of the tree, each with its depth and the index after its last descendant. Traces can be deep. */
function flatten(root) {
  const items = []
  const open = [{ step: root, depth: 0, parent: null, position: 1, siblings: 1 }]
  while (open.length > 0) {
    const item = open.pop()
    item.index = items.length
    item.end = items.length + 1
    items.push(item)
    const children = item.step.steps ?? []
    for (let position = children.length; position > 0; position--) {
      open.push({ step: children[position - 1], depth: item.depth + 1, parent: item, position, siblings: children.length })
    }
  }
  for (let index = items.length - 1; index > 0; index--) {
    const { parent, end } = items[index]
    parent.end = Math.max(parent.end, end)
  }
  return items
}

/** What the list shows of a trace. Its steps are parsed again when it is selected, so that thousands of traces stay small. */
class Trace {
  constructor(text) {
    const row = JSON.parse(text)
    const root = row.steps[0]
    const steps = flatten(root).map(item => item.step)
    const models = steps.filter(isModel)
    const sum = name => models.reduce((total, step) => total + (step[name] ?? 0), 0)

    this.text = text
    this.id = String(row.inferenceId ?? root.id)
    this.name = root.name
    this.start = root.startTime * 1000
    this.latency = root.latency
    this.user = textOf(row.user_id)
    this.session = textOf(row.session_id)
    this.models = namesOf(models.filter(step => step.type === 'chat_completion')) ?? namesOf(models) ?? []
    this.promptTokens = sum('promptTokens')
    this.completionTokens = sum('completionTokens')
    this.tokens = models.reduce((total, step) => total + (step.tokens ?? (step.promptTokens ?? 0) + (step.completionTokens ?? 0)), 0)
    this.cost = models.some(step => typeof step.cost === 'number') ? sum('cost') : null
    this.stepCount = steps.length
    this.failedSteps = steps.filter(step => errorOf(step) !== null).length
    this.isFailed = errorOf(root) !== null
    this.question = oneLine(questionOf(row, root), 200)
  }

  /** The row as it was sent. */
  get row() {
    return JSON.parse(this.text)
  }

  /** Every value in the trace in lower case, for searching. Made at the first search. */
  get searchText() {
    this.searchable ??= allValues(this.row).join('\n').toLowerCase()
    return this.searchable
  }
}

/** The names of the models, without repetition. Null if there are none. */
function namesOf(models) {
  const names = [...new Set(models.map(step => step.model).filter(Boolean))]
  return names.length > 0 ? names : null
}

const textOf = value => value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)

/** What was asked: the column for it, the last message to a model, or the first input that is a text. */
function questionOf(row, root) {
  if (typeof row._question === 'string') return row._question
  const inputs = root.inputs ?? {}
  if (Array.isArray(inputs.prompt)) {
    const asked = inputs.prompt.findLast(message => message?.role === 'user') ?? inputs.prompt.at(-1)
    return textOf(asked?.content)
  }
  const values = Object.values(inputs)
  return textOf(values.find(value => typeof value === 'string') ?? values[0])
}

function allValues(row) {
  const values = []
  const open = [row]
  while (open.length > 0) {
    const value = open.pop()
    if (value !== null && typeof value === 'object') for (const part of Object.values(value)) open.push(part)
    else if (typeof value === 'string' || typeof value === 'number') values.push(value)
  }
  return values
}
