// Everything with Tab, Enter and Space alone.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, launch, openPage, packageFile } from "../lib/browser.js";
import { exportWithCLI, examples, startServer, workFolder } from "../lib/server.js";

const folder = workFolder(after);
let browser, server, manual, all;

before(async () => {
  [browser, server] = await Promise.all([launch(), startServer()]);
  const bench = path.join(examples, "bioreactor-bench");
  manual = packageFile("manual.anpkg", exportWithCLI(bench, folder));
  all = packageFile("all.anpkg", exportWithCLI(bench, folder, "--variants=all"));
});
after(() => Promise.all([browser?.close(), server?.stop()]));

// focused is the text of what has the focus, after a look at its outline.
async function focused(page) {
  const { text, outline } = await page.evaluate(() => {
    const node = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(node);
    return { text: (node.textContent || node.id).trim(), outline: outlineStyle === "solid" ? parseFloat(outlineWidth) : 0 };
  });
  assert.ok(outline >= 2, `the focus on ${text} cannot be seen`);
  return text;
}

// tabTo presses Tab until something with that text has the focus.
async function tabTo(page, text) {
  const passed = [];
  while (passed.length < 60) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now.startsWith(text)) {
      return;
    }
    passed.push(now);
  }
  assert.fail(`Tab does not lead to ${text}, but to ${passed.join("; ")}`);
}

async function chooseByKey(page, key, file) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press(key)]);
  await chooser.setFiles(file);
}

test("Tab reaches every control, in the order of the page", async () => {
  const page = await openPage(browser, server);
  await page.getByRole("button", { name: "Export sim-quickstart" }).waitFor();
  const reached = [];
  for (;;) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement === document.body)) {
      break;
    }
    reached.push(await focused(page));
  }
  assert.deepEqual(reached, [
    "Projects", "Check a package",
    "Export bioreactor-bench", "1 of 4 profiles: manual",
    "Export legacy-mixer", "Export mixer-system", // one profile, no choice
    "Export sim-quickstart",
    "Choose packages…",
  ]);
  await checkPage(page);
});

test("a project is exported with a chosen profile", async () => {
  const page = await openPage(browser, server);
  await page.getByRole("button", { name: "Export sim-quickstart" }).waitFor();
  await tabTo(page, "1 of 4 profiles");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("A"); // "All of the project", as in every list of a form
  await page.getByText("all 4 profiles: manual, telemetry, automation, full").waitFor();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(page), "Export bioreactor-bench");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(download.suggestedFilename(), "bioreactor-bench.anpkg");
  await page.locator(".outcome .notice.good").waitFor();
  assert.equal(await focused(page), "Export bioreactor-bench", "the focus stays");
  await checkPage(page);
});

test("packages are checked, compared and cleared", async () => {
  const page = await openPage(browser, server);
  await tabTo(page, "Check a package");
  await page.keyboard.press("Enter"); // leads past the projects
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Choose packages…");
  await chooseByKey(page, "Enter", manual);
  await page.locator(".summary").waitFor();
  assert.equal(await focused(page), "manual.anpkg");

  await tabTo(page, "Contents");
  await page.keyboard.press("Space");
  assert.equal(await page.locator(".files").isVisible(), true);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".files").isVisible(), false);

  await tabTo(page, "Choose a package to compare…");
  await chooseByKey(page, "Space", all);
  await page.getByRole("heading", { name: /risk/ }).first().waitFor();
  assert.equal(await focused(page), "Comparison");
  await tabTo(page, "Swap old and new");
  await page.keyboard.press("Space");
  await page.getByText("Old: all.anpkg").waitFor();
  assert.equal(await focused(page), "Comparison");
  await tabTo(page, "Clear");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "Choose packages…");
  await checkPage(page);
});

test("work is canceled and tried again", async () => {
  const page = await openPage(browser, server);
  let calls = 0;
  await page.route("**/validate", (route) => (calls++ === 0 ? null : route.continue())); // no answer at first
  await tabTo(page, "Choose packages…");
  await chooseByKey(page, "Enter", manual);
  await tabTo(page, "Cancel");
  await page.keyboard.press("Enter");
  await page.getByText("Canceled.").waitFor();
  assert.equal(await focused(page), "Try again");
  await page.keyboard.press("Enter");
  await page.getByText("The package is sound.").waitFor();
  await checkPage(page);
});
