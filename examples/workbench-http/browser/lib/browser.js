// A real Chromium, and pages that notice everything a page must not do.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
}

// openPage opens the page of a server. What it does wrong is in page.wrongs, and
// checkPage fails on it.
export async function openPage(browser, server, options = {}) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.wrongs = [];
  const wrong = (kind, what) => page.wrongs.push(`${kind}: ${what}`);
  page.on("console", (message) => message.type() === "error" && wrong("console", message.text()));
  page.on("pageerror", (error) => wrong("exception", error.message));
  page.on("dialog", (dialog) => { wrong("dialog", dialog.message()); dialog.dismiss(); });
  page.on("filechooser", () => {}); // from now on, no chooser opens a window
  page.on("popup", (popup) => wrong("window", popup.url()));
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith(`blob:${server.url}`)) {
      wrong("request", request.url());
    }
  });
  await page.exposeFunction("reportViolation", (text) => wrong("CSP", text));
  await page.addInitScript(() => document.addEventListener("securitypolicyviolation",
    (event) => window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`)));
  await page.goto(server.url);
  return page;
}

// checkPage closes the page. expected are patterns of console errors that the
// test provoked, such as a status of 401.
export async function checkPage(page, ...expected) {
  await page.evaluate(() => new Promise(requestAnimationFrame)); // what is on its way arrives
  assert.deepEqual(page.wrongs.filter((text) => !expected.some((pattern) => pattern.test(text))), []);
  await page.context().close();
}

// choose gives files to the button of a drop zone.
export async function choose(page, button, ...files) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: button }).click()]);
  await chooser.setFiles(files);
}

// drop drops files on an element.
export async function drop(page, selector, ...files) {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, base64 } of list) {
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    return data;
  }, files.map(({ name, buffer }) => ({ name, base64: buffer.toString("base64") })));
  for (const type of ["dragenter", "dragover", "drop"]) {
    await page.dispatchEvent(selector, type, { dataTransfer: transfer });
  }
}

// drag drops a file or folder of this machine, as a hand with a mouse does, and
// calls over while it is above the element.
export async function drag(page, selector, file, over = async () => {}) {
  const devtools = await page.context().newCDPSession(page);
  const box = await page.locator(selector).boundingBox();
  const event = (type) => devtools.send("Input.dispatchDragEvent", {
    type, x: box.x + 10, y: box.y + 10, data: { items: [], files: [file], dragOperationsMask: 1 },
  });
  await event("dragEnter");
  await event("dragOver");
  await over();
  await event("drop");
}

export function packageFile(name, buffer) {
  return { name, mimeType: "application/octet-stream", buffer };
}
