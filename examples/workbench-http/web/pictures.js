// Shows the pictures of the handoff sheet, and saves the sheet.

import { pictures, sheet } from "./api.js";
import { announce } from "./announce.js";
import { el } from "./dom.js";
import { saveFile } from "./save.js";
import { run } from "./task.js";

// picturesOf loads the pictures of a package, and announces nothing: the verdict was. They are images: nothing in them acts, and
// what they say stands in words elsewhere on the page.
export async function picturesOf(file, watch) {
  const list = await pictures(file, watch);
  return el("details", { class: "pictures" }, el("summary", {}, "Pictures of the machine and its behavior trees"),
    el("div", { tabindex: "0", role: "region", "aria-label": "Pictures" },
      list.map(({ title, svg }) => el("img", { alt: title, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` }))),
    sheetButton(file));
}

// sheetButton saves the sheet, which is for paper.
function sheetButton(file) {
  const state = el("div");
  const name = file.name.replace(/\.[^.]*$/, "") + ".html";
  const save = () => run(state, async (watch) => {
    watch.stage("Writing the handoff sheet…");
    const page = await sheet(file, watch);
    saveFile(new File([page], name, { type: "text/html" }));
    announce(`${name} was saved to the downloads.`);
    return [el("p", {}, el("strong", {}, name), " saved to the downloads. Open it to print it.")];
  });
  return el("div", {}, el("button", { type: "button", click: save }, "Save the handoff sheet"), state);
}
