// Work that takes a while: its progress, a way to cancel it, and what to do when
// it fails.

import { announce } from "./announce.js";
import { el, visible } from "./dom.js";
import { Canceled } from "./failure.js";
import { failureView } from "./failureview.js";

const running = new WeakMap(); // by place

// run shows in place how work goes, and then the nodes that it gives, or its
// failure. It ends what still runs there. work gets what api.js calls watch, and
// watch.stage(text, then) to say what is being done, and what when everything is
// sent.
export async function run(place, work) {
  stop(place);
  const control = new AbortController();
  running.set(place, control);
  try {
    const views = await work(progress(place, control));
    leave(place, control, views ?? []);
  } catch (error) {
    leave(place, control, [failureView(error, () => run(place, work))]);
  }
}

// stop ends what runs in place, and clears it.
function stop(place) {
  running.get(place)?.abort(new Canceled("Canceled."));
  running.delete(place);
  place.replaceChildren();
}

// leave shows the end of a task, unless another one has taken its place.
function leave(place, control, views) {
  if (running.get(place) !== control) {
    return;
  }
  running.delete(place);
  const focused = place.contains(document.activeElement);
  place.replaceChildren(...views);
  if (focused) { // on a button that is gone
    (place.querySelector("button") ?? place.closest("section")).focus({ preventScroll: true });
  }
}

function progress(place, control) {
  const stage = el("p", { class: "stage" });
  const bar = el("progress", { "aria-label": "Progress" });
  const cancel = el("button", { type: "button", click: () => control.abort(new Canceled("Canceled.")) }, "Cancel");
  place.replaceChildren(el("div", { class: "task" }, stage, bar, cancel));
  let next = "";
  const say = (text) => {
    stage.textContent = visible(text);
    bar.removeAttribute("value"); // how long it takes is unknown
  };
  return {
    signal: control.signal,
    sent: (share) => (bar.value = share),
    waiting: () => say(next),
    received: (share) => (bar.value = share),
    stage(text, then = text) {
      next = then;
      say(text);
      announce(text);
    },
  };
}
