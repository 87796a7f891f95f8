// The packages a person looks at: one that is checked, or two that are compared,
// the older one first.

import { inspect, validate } from "./api.js";
import { announce } from "./announce.js";
import { comparisonView } from "./comparison.js";
import { append, el } from "./dom.js";
import { dropZone } from "./intake.js";
import { picturesOf } from "./pictures.js";
import { checks, contents, problems, rehearsal, replay, verdict, verdictWords } from "./report.js";
import { summaryView } from "./summary.js";
import { run } from "./task.js";

const state = document.getElementById("check-state");
const results = document.getElementById("results");

const complain = (error) => run(state, () => { throw error; });

// intake is the zone for packages to begin with.
export const intake = dropZone({
  text: [el("strong", {}, "Drop a package here, or choose it."), " Two packages are compared."],
  button: "Choose packages…",
  most: 2,
  take: check,
  complain,
});

// check looks at one package, or compares two.
export function check(files) {
  results.replaceChildren();
  examine(files, []);
}

// examine checks files, and shows them after the packages that are known.
function examine(files, known) {
  run(state, async (watch) => {
    const packages = [...known];
    for (const file of files) {
      watch.stage(`Sending ${file.name}…`, `Checking ${file.name}…`);
      packages.push({ file, report: await validate(file, watch) });
    }
    show(packages);
  });
}

function show(packages) {
  const title = el("h3", { tabindex: "-1" }, packages.length === 1 ? packages[0].file.name : "Comparison");
  results.replaceChildren(title);
  if (packages.length === 1) {
    append(results, viewOf(packages[0]), comparisonZone(packages));
  } else {
    append(results, comparisonView(packages, () => show(packages.toReversed())), el("div", {}, packages.map((p, i) =>
      el("details", { open: !p.report.valid },
        el("summary", {}, `${i === 0 ? "Old" : "New"}: ${p.file.name}: ${verdictWords(p.report)}`), viewOf(p)))));
  }
  append(results, el("button", { type: "button", click: clear }, "Clear"));
  announce(packages.map((p) => `${p.file.name}: ${verdictWords(p.report)}.`).join(" "));
  title.focus();
}

// viewOf keeps the view of a package, which shows more and more of it.
function viewOf(p) {
  p.view ??= packageView(p);
  return p.view;
}

function packageView({ file, report }) {
  const summary = el("div");
  if (report.valid) {
    run(summary, async (watch) => {
      watch.stage("Reading what it says about the machine…");
      const summary = summaryView(await inspect(file, watch));
      return [await picturesOf(file, watch), summary];
    });
  }
  return el("div", { class: "package-view" }, verdict(report), rehearsal(report), problems(report), summary,
    el("div", { class: "folds" }, contents(report), replay(report), checks(report)));
}

function comparisonZone(packages) {
  return dropZone({
    text: [el("strong", {}, "Compare it with another package:"), " drop that one here, or choose it."],
    button: "Choose a package to compare…",
    most: 1,
    take: (files) => examine(files, packages),
    complain,
  });
}

function clear() {
  results.replaceChildren();
  intake.querySelector("button").focus();
}
