// Builds what the page shows. Text always becomes a text node, never HTML, and
// always goes through visible: this is the one door for what packages say.

// Characters that show nothing, or turn the text around them.
const unseen = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

// visible shows such characters as their code, such as \u{202e}.
export function visible(text) {
  return String(text).replace(unseen, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

// el makes an element. A property that is a function listens to that event;
// true is an attribute without a value, false is none.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") {
      node.addEventListener(key, value);
    } else if (value !== false) {
      node.setAttribute(key, value === true ? "" : visible(value));
    }
  }
  append(node, ...children);
  return node;
}

// append adds nodes and texts, and leaves false out.
export function append(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child instanceof Node) {
      node.append(child);
    } else if (child !== false) {
      node.append(visible(child));
    }
  }
}

// lines keeps the line breaks of a text.
export function lines(text) {
  return text.split("\n").flatMap((line) => [document.createTextNode(visible(line)), document.createTextNode("\n")]).slice(0, -1);
}

// icon is a picture of words that stand beside it.
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

const shapes = {
  good: "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20M7.5 12.5l3 3l6-7",
  bad: "M8 2h8l6 6v8l-6 6H8l-6-6V8zM8.5 8.5l7 7m0-7l-7 7",
  warning: "M12 3L1.5 21h21zM12 9.5v5m0 3v.5",
  note: "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20M12 11v6m0-10v.5",
};
