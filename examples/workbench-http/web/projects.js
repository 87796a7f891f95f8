// The projects of the server, each with what it takes to export it.

import { checkProject, exportProject, listProjects } from "./api.js";
import { announce } from "./announce.js";
import { append, el, icon } from "./dom.js";
import { digest, facts } from "./facts.js";
import { Damaged } from "./failure.js";
import { count, size } from "./format.js";
import { problemList } from "./problems.js";
import { profileChoice } from "./profiles.js";
import { saveFile, sha256Of } from "./save.js";
import { run } from "./task.js";

const filterFrom = 9; // projects; fewer are seen at a glance

// showProjects loads the list. check is called with a package that a person
// wants to look into.
export function showProjects(check) {
  const list = document.getElementById("projects-list");
  return run(document.getElementById("projects-state"), async (watch) => {
    watch.stage("Loading the projects…");
    const projects = await listProjects(watch);
    list.replaceChildren(...projects.map((p) => project(p, check)));
    if (projects.length === 0) {
      append(list, el("li", { class: "project" }, "There are no projects in the folder of this server."));
    }
    filterable(list, projects);
    announce(count(projects.length, "project"));
  });
}

function filterable(list, projects) {
  document.getElementById("projects-filter").hidden = projects.length < filterFrom;
  document.getElementById("filter").oninput = (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    projects.forEach(({ name }, i) => (list.children[i].hidden = !name.toLowerCase().includes(wanted)));
  };
}

function project({ name, layout, exportable, profiles: names }, check) {
  if (!exportable) {
    return el("li", { class: "project" }, el("h3", {}, name),
      el("p", { class: "minor" }, "Cannot be exported: it has no machine-profile.yaml or system.json."));
  }
  const outcome = el("div", { class: "outcome" });
  const profiles = layout === "system" ? { view: false, options: () => ({}) } : profileChoice(names); // a system file has one
  const submit = (event) => {
    event.preventDefault();
    run(outcome, (watch) => exported(name, profiles.options(), check, watch));
  };
  return el("li", { class: "project" },
    el("form", { submit },
      el("div", {}, el("h3", {}, name), el("p", { class: "minor" }, layouts[layout] ?? layout)),
      el("button", { type: "submit", class: "main" }, "Export", el("span", { class: "unseen" }, ` ${name}`)),
      profiles.view),
    outcome);
}

const layouts = { canonical: "machine profile", system: "system file" };

// exported saves the package of a project, and shows what was saved.
async function exported(name, options, check, watch) {
  watch.stage(`Exporting ${name}…`);
  const { blob, sha256, notes } = await exportProject(name, options, watch);
  const file = new File([blob], `${name}.anpkg`, { type: "application/zip" });
  const received = await sha256Of(file);
  const checked = received !== null && sha256 !== null;
  if (checked && received !== sha256) {
    throw new Damaged();
  }
  const report = notes > 0 ? await checkProject(name, options, watch) : { problems: [] };
  saveFile(file);
  announce(`${file.name} was saved to the downloads.`);
  return [el("div", { class: "notice good" },
    el("p", {}, icon("good"), el("strong", {}, file.name), ` saved to the downloads, ${size(file.size)}`),
    facts([checked ? "SHA-256, checked on arrival" : "SHA-256", digest(sha256 ?? received ?? "unknown")]),
    el("div", { class: "actions" },
      el("button", { type: "button", click: () => check(file) }, "Check", el("span", { class: "unseen" }, ` ${file.name}`)),
      el("button", { type: "button", click: () => saveFile(file) }, "Save again"))),
    ...toKnow(report.problems)];
}

// toKnow shows what the export noted, and what the validation warned of.
function toKnow(problems) {
  if (problems.length === 0) {
    return [];
  }
  return [el("section", { class: "notes" }, el("h4", {}, count(problems.length, "thing"), " to know about this export"),
    problemList(problems.map((p) => ({ ...p, origin: "project" }))))];
}
