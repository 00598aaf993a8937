'use strict'

// Sections that somebody opened or closed stay so for other steps.
const sectionStates = new Map()

// Fields that have a place of their own.
const placedFields = new Set([
  'name', 'id', 'type', 'inputs', 'output', 'groundTruth', 'metadata', 'steps', 'latency', 'startTime', 'endTime', 'provider', 'model',
  'promptTokens', 'completionTokens', 'tokens', 'cost', 'modelParameters', 'rawOutput',
])

/** The details of a step. */
function stepView(step, offset) {
  const error = errorOf(step)
  const note = noteOf(step)
  const { steps: children, ...own } = step
  return h('article', { class: 'details', tabindex: -1, 'aria-labelledby': 'step-title' },
    h('header', {},
      h('h3', { id: 'step-title' }, h('span', { class: 'kind', 'data-type': typeOf(step), 'aria-hidden': 'true' }), step.name),
      h('span', { class: 'badge' }, typeNames[typeOf(step)]),
      note && h('span', { class: 'badge is-noted' }, note)),
    factsView({
      Start: `+${duration(offset)}`,
      Duration: duration(step.latency),
      'First token': firstTokenOf(step) !== null && duration(firstTokenOf(step)),
      Model: step.model,
      Provider: step.provider,
      Tokens: tokens(step),
      Cost: typeof step.cost === 'number' && cost(step.cost),
      Finish: textOf(step.metadata?.finishReason),
    }),
    error !== null && errorView(error),
    isModel(step) ? modelSections(step) : callSections(step),
    section('Ground truth', step.groundTruth, true),
    section('Details', Object.fromEntries(Object.entries(own).filter(([name, value]) => !placedFields.has(name) && isGiven(value))), true, fieldsView),
    section('Parameters', step.modelParameters, true, fieldsView),
    section('Metadata', step.metadata, true, fieldsView),
    section('Raw output', step.rawOutput, false),
    section('Raw JSON', own, false))
}

function modelSections(step) {
  const { prompt, ...rest } = step.inputs ?? {}
  const messages = messagesOf(prompt)
  if (messages === null) return callSections(step)
  const answer = isGiven(step.output) ? [{ role: 'assistant', content: step.output }] : []
  return [
    section('Conversation', [...messages, ...answer], true, conversationView),
    section('Inputs', rest, true, fieldsView),
  ]
}

function callSections(step) {
  return [section('Inputs', step.inputs, true, fieldsView), section('Output', step.output, true)]
}

const isGiven = value => value !== null && value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0)

/** A part of the details that can be closed, with a button that copies its value. Null if there is no value. */
function section(title, value, isOpen, view = valueView) {
  if (!isGiven(value)) return null
  const content = h('div', { class: 'content' })
  const details = h('details', { open: sectionStates.get(title) ?? isOpen }, h('summary', {}, h('h4', {}, title)), content)
  const fill = () => {
    if (details.open && !content.hasChildNodes()) content.append(view(value))
  }
  details.addEventListener('toggle', () => {
    sectionStates.set(title, details.open)
    fill()
  })
  fill()
  const text = () => typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return h('section', { class: 'section', 'aria-label': title }, details, copyButton(`Copy: ${title}`, text))
}

function errorView(error) {
  return h('div', { class: 'error', role: 'note', 'aria-label': 'Error' }, valueView(error))
}

/** Short values with their names. Empty ones are left out. */
function factsView(facts) {
  return h('dl', { class: 'facts' }, Object.entries(facts).filter(([, value]) => value).map(([name, value]) =>
    h('div', {}, h('dt', {}, name), h('dd', {}, value))))
}
