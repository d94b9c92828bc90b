// Rows that stay the same elements while what they say changes: so the focus, and what a screen reader is at, stay where they are.
import { element } from './text.js';

/** The rows of one table or list. */
export class Rows {
  #body;
  #make;
  #rows = new Map();

  /** make(item) returns an object with the element `row` and a function `update(item)`. */
  constructor(body, make) {
    this.#body = body;
    this.#make = make;
  }

  /** Shows items in this order; a row belongs to the item of its key. */
  show(items, keyOf) {
    const active = document.activeElement;
    const keys = new Set(items.map(keyOf));
    for (const [key, { row }] of this.#rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    let next = this.#body.firstElementChild;
    for (const item of items) {
      const { row, update } = this.#find(keyOf(item), item);
      update(item);
      if (row === next) next = next.nextElementSibling;
      else this.#body.insertBefore(row, next);
    }
    // A row that was moved has lost the focus.
    if (active !== document.activeElement && active?.isConnected) active.focus({ preventScroll: true });
  }

  /** Leaves none, also of those that another view made. */
  clear() {
    this.#rows.clear();
    this.#body.replaceChildren();
  }

  #find(key, item) {
    let found = this.#rows.get(key);
    if (!found) this.#rows.set(key, found = this.#make(item));
    return found;
  }
}

/** A row of cells, each with the name of its column, which a narrow page shows beside it. */
export function makeRow(...columns) {
  const cells = columns.map(([name, className = '']) => {
    const cell = element('td', { className });
    cell.setAttribute('role', 'cell');
    cell.dataset.name = name;
    return cell;
  });
  const row = element('tr', {}, ...cells);
  row.setAttribute('role', 'row');
  return { row, cells };
}

/** Time left of a lease, as text and as a bar. */
export function makeLease() {
  const left = element('span');
  const bar = element('progress', { max: 1, value: 0 });
  bar.setAttribute('aria-hidden', 'true'); // the text beside it says the same
  return { left, bar, both: element('div', {}, left, bar) };
}
