// Where packages come in: by drag and drop, or chosen with a button.

import { el } from "./dom.js";
import { Unusable } from "./failure.js";

const receivers = new WeakMap(); // what a drop zone does with dropped things

// dropZone makes a zone that takes up to so many files, and complains about
// anything else.
export function dropZone({ text, button, most, take, complain }) {
  const give = (files, folder) => {
    if (folder) {
      complain(new Unusable("That is a folder.", "Give the package itself: a file whose name ends in .anpkg."));
    } else if (files.length > most) {
      complain(new Unusable("Those are too many files.", most > 1 ? "Give one package to check it, or two to compare them." : "Give one package."));
    } else if (files.length > 0) {
      take(files);
    }
  };
  const input = el("input", { type: "file", multiple: most > 1, hidden: true, change: () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    give(files, false);
  } });
  const zone = el("div", { class: "drop" }, el("p", {}, text),
    el("button", { type: "button", click: () => input.click() }, button), input);
  receivers.set(zone, (transfer) => give([...transfer.files],
    [...transfer.items].some((item) => item.webkitGetAsEntry?.()?.isDirectory)));
  return zone;
}

// acceptDrops lets files be dropped anywhere on the page. What misses all zones
// is for main.
export function acceptDrops(main) {
  const zoneAt = (event) => event.target.closest?.(".drop") ?? main;
  const mark = (over) => document.querySelectorAll(".drop").forEach((zone) => zone.classList.toggle("over", zone === over));
  const listen = (type, handle) => document.addEventListener(type, (event) => {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault(); // the browser would open the file in the place of this page
      handle(event);
    }
  });
  listen("dragover", (event) => mark(zoneAt(event)));
  listen("dragleave", (event) => event.relatedTarget === null && mark(null));
  listen("drop", (event) => {
    mark(null);
    receivers.get(zoneAt(event))(event.dataTransfer);
  });
}
