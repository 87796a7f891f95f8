// Shows the verdict on a package and what it rests on.

import { el, icon, lines } from "./dom.js";
import { digest, facts } from "./facts.js";
import { count, size } from "./format.js";
import { problemList } from "./problems.js";
import { shortened } from "./shortened.js";

// verdictWords is the verdict in one line.
export function verdictWords(report) {
  const found = problemCount(report);
  return (!report.valid ? "Not valid" : starts(report) ? "Valid" : "Valid, but will not start") + (found && `: ${found}`);
}

// verdict is the part that nobody must overlook.
export function verdict(report) {
  const found = problemCount(report);
  const [tone, word, meaning] = report.valid
    ? !starts(report)
      ? ["bad", "Valid, but will not start", `The package keeps the format, and the machine will not start with it: look at its ${found}.`]
      : ["good", "Valid", found ? `The package is sound. Look at its ${found} before you install it.` : "The package is sound."]
    : ["bad", "Not valid", `Do not install this package. It has ${found}.`];
  return el("div", { class: `verdict ${tone}` }, icon(tone),
    el("div", {}, el("p", { class: "word" }, word), el("p", {}, meaning)));
}

// starts reports whether nothing was found that stops the machine from starting.
const starts = (report) => report.rehearsal?.starts ?? true;

// rehearsal says what the start of each runtime profile would do.
export function rehearsal({ rehearsal: r }) {
  if (!r) {
    return false;
  }
  const words = { yes: "starts, as far as the package can say", no: "does not start", unknown: "may not start" };
  return el("details", { open: !r.starts }, el("summary", {}, r.starts ? "Start: nothing stops it" : "Start: something stops it"),
    facts(...r.profiles.map((p) => [p.profile, words[p.starts] ?? p.starts])),
    r.unjudged.map((text) => el("p", {}, `Not judged: ${text}.`)),
    (r.remarks ?? []).map((text) => el("p", { class: "minor" }, `${text}.`)));
}

function problemCount(report) {
  return ["error", "warning"].map((severity) => [severity, report.problems.filter((p) => p.severity === severity).length])
    .filter(([, n]) => n > 0).map(([severity, n]) => count(n, severity)).join(" and ");
}

export function problems(report) {
  return report.problems.length > 0 && el("section", { class: "problems" },
    el("h4", {}, "Problems"), problemList(report.problems));
}

export function contents(report) {
  return el("details", {}, el("summary", {}, `Contents: ${count(report.files.length, "file")}`),
    facts(
      ["Package", size(report.size)],
      ["Zip form", report.canonical ? "canonical" : "not the one that an export writes"],
      ["SHA-256", digest(report.sha256)]),
    shortened(el("ul", { class: "files" }), report.files, (f) => el("li", {},
      el("code", { class: "path" }, f.path), el("span", { class: "minor" }, size(f.size)), digest(f.sha256))));
}

// checks says what was looked at, so that nobody takes a check that was left out
// for one that passed.
export function checks(report) {
  return el("details", {}, el("summary", {}, `Checks: ${report.checks.length} done, ${report.skipped.length} left out`),
    el("p", {}, report.checks.length > 0 ? `Done: ${report.checks.join(", ")}.` : "None came to its end."),
    report.skipped.length > 0 && el("p", {}, "Left out:"),
    facts(...report.skipped.map(({ check, reason }) => [check, reason])));
}

// replay is what the machine runtime said, if the server has one.
export function replay(report) {
  return report.replay?.map((run) => el("details", {}, el("summary", {}, `Runtime on profile ${run.profile}: ${run.outcome}`),
    el("pre", { tabindex: "0", "aria-label": `Output of the runtime on profile ${run.profile}` },
      lines([run.stdout, run.stderr].filter(Boolean).join("\n") || "It printed nothing.")))) ?? false;
}
