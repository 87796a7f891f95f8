// A long list, of which a page should not show everything at once.

import { el } from "./dom.js";

const atFirst = 50;

// shortened fills a list with items, the later ones on demand.
export function shortened(list, items, make) {
  list.append(...items.slice(0, atFirst).map(make));
  if (items.length > atFirst) {
    const rest = el("li", { class: "rest" }, el("button", { type: "button", click: () => {
      const further = items.slice(atFirst).map(make);
      rest.replaceWith(...further);
      further[0].tabIndex = -1;
      further[0].focus();
    } }, `Show the other ${items.length - atFirst}`));
    list.append(rest);
  }
  return list;
}
