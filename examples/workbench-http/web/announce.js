// Tells a screen reader what happened somewhere else on the page.

import { visible } from "./dom.js";

export function announce(text) {
  document.getElementById("live").textContent = visible(text);
}
