'use strict'

/** Shows the rows of a long list that are in view. All rows have the same height. */
class VirtualList {
  /**
   * @param element The scrolling element.
   * @param rowHeight The height of a row, in rem.
   * @param makeRow Makes the element of a row, by its index.
   */
  constructor(element, rowHeight, makeRow) {
    this.element = element
    this.rowHeight = rowHeight * parseFloat(getComputedStyle(document.documentElement).fontSize)
    this.makeRow = makeRow
    this.count = 0
    this.rows = new Map()
    this.content = h('div', { class: 'rows', role: 'presentation' })
    element.append(this.content)
    element.addEventListener('scroll', () => this.fill(), { passive: true })
    new ResizeObserver(() => this.fill()).observe(element)
  }

  /** Shows another number of rows, or the same rows anew. */
  show(count) {
    this.count = count
    this.content.style.height = `${count * this.rowHeight}px`
    for (const row of this.rows.values()) row.remove()
    this.rows.clear()
    this.fill()
  }

  /** Scrolls as little as is needed to bring a row into view. */
  reveal(index) {
    const top = index * this.rowHeight
    const { scrollTop, clientHeight } = this.element
    if (top < scrollTop) this.element.scrollTop = top
    else if (top + this.rowHeight > scrollTop + clientHeight) this.element.scrollTop = top + this.rowHeight - clientHeight
    this.fill()
  }

  /** The number of whole rows in view. */
  get pageLength() {
    return Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight))
  }

  fill() {
    const spare = 6
    const { scrollTop, clientHeight } = this.element
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - spare)
    const last = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + spare)
    for (const [index, row] of this.rows) {
      if (index < first || index >= last) {
        row.remove()
        this.rows.delete(index)
      }
    }
    for (let index = first; index < last; index++) {
      if (this.rows.has(index)) continue
      const row = this.makeRow(index)
      row.style.height = `${this.rowHeight}px`
      row.style.transform = `translateY(${index * this.rowHeight}px)`
      this.rows.set(index, row)
      this.content.append(row)
    }
  }
}
