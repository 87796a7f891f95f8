// The choice of runtime profiles that go into a package.

import { el } from "./dom.js";

let fields = 0; // gives each field an id of its own

// profileChoice gives the view and options(), in the form of the API, for the names of
// the runtime profiles that a project has; undefined where nobody knows them.
export function profileChoice(known) {
  if (known?.length === 1) {
    return { view: false, options: () => ({ variants: "manual" }) }; // there is nothing to choose
  }
  const words = (value) => !known ? null
    : value === "manual" ? `1 of ${known.length} profiles: manual`
      : value === "all" ? `all ${known.length} profiles: ${known.join(", ")}` : null;

  const id = `profiles-${++fields}`;
  const names = el("input", { id: `${id}-names`, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    "aria-describedby": `${id}-help` });
  const named = el("div", { class: "field", hidden: true },
    el("label", { for: names.id }, "Names besides manual"), names,
    el("p", { id: `${id}-help`, class: "minor" }, `Separated by commas${known?.length > 1 ? `: ${known.filter((name) => name !== "manual").join(", ")}` : ", such as: telemetry, automation"}`));
  const choice = el("select", { id, change: () => {
    named.hidden = choice.value !== "named";
    names.required = !named.hidden;
    chosen.textContent = words(choice.value) ?? choice.selectedOptions[0].textContent.toLowerCase();
  } },
    el("option", { value: "manual" }, "Manual only"),
    el("option", { value: "all" }, "All of the project"),
    el("option", { value: "named" }, "Manual and some others"));
  const chosen = el("span", {}, words("manual") ?? "manual only");
  const view = el("details", { class: "profiles" },
    el("summary", {}, el("span", {}, known ? false : "Runtime profiles: ", chosen)),
    el("div", { class: "field" }, el("label", { for: id }, "What goes into the package"), choice), named);
  return {
    view,
    options: () => ({ variants: choice.value === "named" ? split(names.value) : choice.value }),
  };
}

function split(text) {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}
