// Names with their values.

import { el } from "./dom.js";
import { count } from "./format.js";

// facts lists pairs of a name and a value: a text, a node or a list of them.
// Those without a value are left out.
export function facts(...pairs) {
  return el("dl", { class: "facts" }, pairs.filter(([, value]) => value !== undefined && value !== false && value.length !== 0)
    .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

// unshown says how many values of a file a summary leaves out.
export function unshown(n = 0) {
  return n > 0 && `${count(n, "further value")} of the file`;
}

export function digest(sha256) {
  return el("code", { class: "digest" }, sha256);
}

// code shows texts of a package as they stand there. Those that are absent are
// left out.
export function code(...texts) {
  return texts.filter((text) => text !== undefined && text !== "").flatMap((text) => [el("code", {}, text), ", "]).slice(0, -1);
}
