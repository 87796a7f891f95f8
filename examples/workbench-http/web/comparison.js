// Shows what changes for the machine from one package to another.

import { diff } from "./api.js";
import { announce } from "./announce.js";
import { el, icon } from "./dom.js";
import { Unusable } from "./failure.js";
import { digest, facts } from "./facts.js";
import { count } from "./format.js";
import { shortened } from "./shortened.js";
import { run } from "./task.js";

const risks = [
  { risk: "high", tone: "bad", sign: "warning", title: "High risk", about: "The machine can move, heat or be reached differently, or nobody can tell." },
  { risk: "medium", tone: "warning", sign: "note", title: "Medium risk", about: "The machine times, restarts, records or is built differently, or only the provider knows." },
  { risk: "low", tone: "note", sign: "note", title: "Low risk", about: "The machine does what it did." },
];

// comparisonView compares two packages that were checked. swap shows them the
// other way round.
export function comparisonView([older, newer], swap) {
  const changes = el("div");
  run(changes, async (watch) => {
    const invalid = [older, newer].find((p) => !p.report.valid);
    if (invalid) {
      throw new Unusable(`They cannot be compared: ${invalid.file.name} is not valid.`, "Its problems are below.");
    }
    watch.stage("Sending both…", "Comparing…");
    const comparison = await diff(older.file, newer.file, watch);
    announce(verdictWords(comparison));
    return [verdict(comparison), ...risks.map((r) => ranked(r, comparison.changes))].filter(Boolean);
  });
  return el("div", { class: "package-view" },
    facts(["Old", named(older)], ["New", named(newer)]),
    el("div", { class: "actions" }, el("button", { type: "button", click: swap }, "Swap old and new")),
    changes);
}

// named tells apart packages of the same name.
function named({ file, report }) {
  return [`${file.name} `, digest(report.sha256)];
}

function verdictWords({ identical, changes }) {
  if (identical) {
    return "Identical";
  }
  const high = changes.filter((c) => c.risk === "high").length;
  return `${count(changes.length, "change")}, ${high > 0 ? `${high} of high risk` : "none of high risk"}`;
}

function verdict(comparison) {
  const high = comparison.changes.some((c) => c.risk === "high");
  const [tone, meaning] = comparison.identical ? ["good", "All files are the same, byte for byte."]
    : high ? ["warning", "Look at the changes of high risk before you install the new package."]
      : ["note", "Look at them before you install the new package."];
  return el("div", { class: `verdict ${tone}` }, icon(tone),
    el("div", {}, el("p", { class: "word" }, verdictWords(comparison)), el("p", {}, meaning)));
}

function ranked({ risk, tone, sign, title, about }, changes) {
  const list = changes.filter((c) => c.risk === risk);
  return list.length > 0 && el("section", { class: `risk ${tone}` },
    el("h4", {}, icon(sign), `${title}: ${list.length}`), el("p", { class: "minor" }, about),
    shortened(el("ul", { class: "changes" }), list, change));
}

function change(c) {
  return el("li", {},
    el("p", {}, el("strong", {}, c.message)),
    values(c),
    el("p", { class: "minor" }, place(c), c.oldFile !== undefined && [", before in ", el("code", {}, c.oldFile)], also(c.also)));
}

function values({ old, new: now }) {
  return (old !== undefined || now !== undefined) && el("p", { class: "values" },
    el("span", { class: "unseen" }, "From "), old === undefined ? "nothing" : el("code", {}, old.text),
    el("span", { "aria-hidden": "true" }, " → "), el("span", { class: "unseen" }, " to "),
    now === undefined ? "nothing" : el("code", {}, now.text));
}

// place is the line in the new package, or in the old one of what is gone.
function place({ file, path, old, new: now }) {
  return whereabouts({ file, path, line: (now ?? old)?.line });
}

function whereabouts({ file, path, line }) {
  return [el("code", {}, line > 0 ? `${file}:${line}` : file), path !== "" && [" ", el("code", {}, path)]];
}

function also(places = []) {
  return places.length > 0 && [", also in ", places.map((p, i) => [i > 0 && ", ", whereabouts(p)])];
}
