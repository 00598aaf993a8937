'use strict'

/**
 * Creates an element. Texts become text nodes, never markup: nothing on this page is made from HTML.
 * Properties are set as attributes; `on...` are listeners, null and false are left out.
 */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false))
  return element
}

const byId = id => document.getElementById(id)

/** A button that copies a text, which is made when it is needed. */
function copyButton(label, makeText) {
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': label }, 'Copy')
  button.addEventListener('click', async () => {
    button.textContent = await copy(makeText()) ? 'Copied' : 'Not copied'
    setTimeout(() => { button.textContent = 'Copy' }, 1500)
  })
  return button
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Without permission, or over plain HTTP, there is still the old way.
    const area = h('textarea', { class: 'off-screen', 'aria-hidden': 'true' })
    area.value = text
    document.body.append(area)
    area.select()
    const copied = document.execCommand('copy')
    area.remove()
    return copied
  }
}
