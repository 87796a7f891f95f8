// Shows what a package says about its machine.

import { el, icon } from "./dom.js";
import { code, digest, facts, unshown } from "./facts.js";
import { size } from "./format.js";
import { profileView } from "./profileview.js";
import { shortened } from "./shortened.js";

export function summaryView(s) {
  return el("section", { class: "summary" },
    slots(s.slots),
    el("h4", {}, "Machine"),
    machine(s),
    s.profiles.length > 0 && el("h4", {}, "Runtime profiles"),
    s.profiles.map((p) => profileView(p, s.profiles.length === 1)),
    part("Providers and devices", s.providers, provider),
    part("Behavior trees", s.behaviors, behavior),
    part("Versions", s.pins, pin));
}

// slots come first: a machine without its secrets does not run as it should.
function slots(list) {
  if (list.length === 0) {
    return false;
  }
  return el("div", { class: "notice warning" },
    el("p", {}, icon("warning"), el("strong", {}, "Supply these secrets on the machine. They are not in the package.")),
    shortened(el("ul", { class: "items" }), list, (slot) => el("li", {},
      el("p", {}, el("code", {}, slot.variable), ` for runtime profile ${slot.profile}`),
      el("p", { class: "minor" }, el("code", {}, slot.file), " ", el("code", {}, slot.path)))));
}

function machine({ machine: m, provenance: p, slots }) {
  return facts(
    ["Name", m.displayName ?? ""],
    ["Id", code(m.id)],
    ["Emergency stop", stops[m.estopTopology] ?? m.estopTopology],
    ["Must run", code(...(m.expectedProviders ?? []))],
    ["HTTP check", code(m.checkHttpScript)],
    ["Contracts", code(m.configContract, m.httpContract)],
    ["Notes", m.notes ?? ""],
    ["Exported from", p.sourceProject],
    ["State of", time(p.exportedAt)],
    ["Not packaged", omitted(p.omittedVariants)],
    ["Secrets to supply", slots.length === 0 && "none"],
    ["Not shown", unshown(m.moreValues)]);
}

const stops = { power_cut: "cuts the power", signal: "sends a signal" };

// time is that of the project's state. An export of a project that does not say it has
// the beginning of Unix time.
function time(text) {
  return text === "1970-01-01T00:00:00Z" ? "unknown time" : text !== undefined && el("time", { datetime: text }, text.replace("T", " ").replace(/Z$/, " UTC"));
}

function omitted(variants = []) {
  return variants.length > 0 && ["runtime profiles ", ...code(...variants)];
}

// part is a list that is folded: it is long, and not what one looks for first.
function part(title, items, make) {
  return items.length > 0 && el("details", {}, el("summary", {}, `${title}: ${items.length}`),
    shortened(el("ul", { class: "items" }), items, make));
}

function provider(p) {
  return el("li", {}, el("h5", {}, p.id), facts(
    ["Calls itself", p.name !== p.id && (p.name ?? "")],
    ["Config", code(p.file)],
    ["Bus", code(p.busPath)],
    ["Device files", code(...(p.devicePaths ?? []).filter((path) => path !== p.busPath))],
    ["Devices", p.devices.length > 0 && shortened(el("ul", {}), p.devices, device)],
    ["Notes", p.notes ?? ""],
    ["Not shown", unshown(p.moreValues)]));
}

function device(d) {
  const about = [d.type, d.label].filter(Boolean).join(", ");
  return el("li", {}, code(d.id), d.address !== undefined && [" at ", ...code(d.address)], about !== "" && `: ${about}`);
}

function behavior(b) {
  return el("li", {}, el("h5", {}, el("code", {}, b.file)), facts(
    ["Used by", b.profiles.length > 0 ? b.profiles.join(", ") : "no profile"],
    ["Size", size(b.size)],
    ["SHA-256", digest(b.sha256)]));
}

function pin(p) {
  return el("li", {}, el("h5", {}, el("code", {}, p.path)), facts(
    ["Version", code(p.version)],
    ["Strategy", p.strategy ?? ""],
    ["Repository", code(p.repo)],
    ["Package", code(p.package)],
    ["Notes", p.notes ?? ""]));
}
