'use strict'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const longDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
const counts = new Intl.NumberFormat()

/** A duration in milliseconds, with three digits at most. */
function duration(ms) {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 10) return `${Number(ms.toFixed(2))} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`
  const minutes = Math.floor(ms / 60_000)
  return minutes < 60 ? `${minutes} min ${Math.floor(ms % 60_000 / 1000)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** The time of day, with the day if it is not today. */
function time(ms) {
  const date = new Date(ms)
  const isToday = date.toDateString() === new Date().toDateString()
  return isToday ? clock.format(date) : `${shortDay.format(date)}, ${clock.format(date)}`
}

function fullTime(ms) {
  const date = new Date(ms)
  return `${longDay.format(date)}, ${clock.format(date)}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function tokens(step) {
  if (step.promptTokens && step.completionTokens) return `${counts.format(step.promptTokens)} → ${counts.format(step.completionTokens)}`
  const total = step.tokens || step.promptTokens || step.completionTokens
  return total ? counts.format(total) : ''
}

/** A cost, in the currency of the workspace. */
function cost(value) {
  return Number(value.toPrecision(value < 0.01 ? 2 : 3)).toLocaleString(undefined, { maximumFractionDigits: 8 })
}

function plural(count, noun) {
  return `${counts.format(count)} ${noun}${count === 1 ? '' : 's'}`
}

function bytes(count) {
  if (count < 1024) return plural(count, 'byte')
  return count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1024 / 1024).toFixed(1)} MiB`
}

/** The first characters of a text, on one line. */
function oneLine(text, length) {
  return text.slice(0, length).replace(/\s+/g, ' ').trim()
}
