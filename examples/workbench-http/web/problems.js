// Lists problems: those of one kind together, so that what to do about them is
// said once.

import { append, el, icon } from "./dom.js";
import { remedy } from "./remedies.js";
import { shortened } from "./shortened.js";

// problemList shows problems of the API.
export function problemList(problems) {
  return el("ul", { class: "kinds" }, kinds(problems).map(kind));
}

// kinds groups problems in the order of their first.
function kinds(problems) {
  const groups = new Map();
  for (const p of problems) {
    const key = JSON.stringify([p.severity, p.code, remedy(p), p.origin]);
    if (!groups.has(key)) {
      groups.set(key, []);
    }
    groups.get(key).push(p);
  }
  return [...groups.values()];
}

function kind(list) {
  const { severity, code, origin } = list[0];
  const fix = remedy(list[0]);
  const error = severity === "error";
  const word = { error: "Error", note: "Note" }[severity] ?? "Warning";
  const item = el("li", { class: `kind ${error ? "bad" : "warning"}` },
    el("p", { class: "title" }, icon(error ? "bad" : "warning"), el("strong", {}, word), " ",
      el("code", {}, code), origin === "package" && " in the package that would have been made"),
    shortened(el("ul", { class: "places" }), list, place));
  if (fix !== "") {
    append(item, el("p", { class: "fix" }, el("strong", {}, "What to do: "), fix));
  }
  return item;
}

function place(p) {
  const whole = p.origin === "project" ? "the project" : "the package";
  const at = [p.file || whole, ...[p.line, p.column].filter((n) => n > 0)].join(":");
  return el("li", {},
    el("p", { class: "place" }, el("code", {}, at), p.pointer !== "" && [" ", el("code", { class: "pointer" }, p.pointer)]),
    el("p", {}, p.message));
}
