// Shows a failure: what happened, every problem behind it, what to do.

import { append, el, icon } from "./dom.js";
import { words } from "./failure.js";
import { problemList } from "./problems.js";

export function failureView(error, retry) {
  const { tone, what, remedy, again } = words(error);
  const view = el("div", { class: `notice ${tone}`, role: "alert" },
    el("p", {}, icon(tone), el("strong", {}, what)),
    remedy !== "" && el("p", {}, remedy));
  if (error.problems?.length > 0) {
    append(view, problemList(error.problems));
  }
  if (again) {
    append(view, el("button", { type: "button", click: retry }, "Try again"));
  }
  return view;
}
