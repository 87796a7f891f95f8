import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, choose, drop, launch, openPage, packageFile } from "../lib/browser.js";
import { exportWithCLI, examples, startServer, workFolder } from "../lib/server.js";

const folder = workFolder(after);
let browser, server, older, newer;

before(async () => {
  [browser, server] = await Promise.all([launch(), startServer()]);
  const changed = path.join(folder, "bioreactor-bench");
  cpSync(path.join(examples, "bioreactor-bench"), changed, { recursive: true });
  edit(path.join(changed, "config/anolis-runtime.manual.yaml"), /bind: \S+/, "bind: 0.0.0.0\n  allow_insecure_bind: true");
  edit(path.join(changed, "config/anolis-runtime.manual.yaml"), /^( +)timeout_ms: \d+/m, "$1timeout_ms: 4321");
  edit(path.join(changed, "machine-profile.yaml"), /display_name: .*/, "display_name: Bench after the move");
  older = packageFile("bench-old.anpkg", exportWithCLI(path.join(examples, "bioreactor-bench"), folder));
  newer = packageFile("bench-new.anpkg", exportWithCLI(changed, folder));
});
after(() => Promise.all([browser?.close(), server?.stop()]));

function edit(file, pattern, replacement) {
  const text = readFileSync(file, "utf8");
  assert.match(text, pattern);
  writeFileSync(file, text.replace(pattern, replacement));
}

const risks = (page) => page.locator(".risk h4").allTextContents();
const verdict = (page) => page.locator(".verdict.warning .word, .verdict.note .word, .verdict.good .word").first().textContent();

test("two packages are compared, by risk", async () => {
  const page = await openPage(browser, server);
  await drop(page, "body", older, newer);
  await page.getByRole("heading", { name: /^High risk/ }).waitFor();
  const titles = await risks(page);
  assert.deepEqual(titles.map((title) => title.split(":")[0]), ["High risk", "Medium risk", "Low risk"]);
  assert.match(await verdict(page), /^\d+ changes, \d+ of high risk$/);
  await page.locator(".risk.bad").getByText("0.0.0.0").first().waitFor();
  await page.locator(".risk.warning").getByText("4321").first().waitFor();
  await page.locator(".risk.note").getByText("Bench after the move").first().waitFor();
  await page.getByText("Old: bench-old.anpkg: Valid").waitFor();
  await page.getByText("New: bench-new.anpkg: Valid").waitFor();
  await checkPage(page);
});

test("a second package can come later, and the order can be turned", async () => {
  const page = await openPage(browser, server);
  await choose(page, "Choose packages…", older);
  await choose(page, "Choose a package to compare…", newer);
  await page.getByRole("heading", { name: "Comparison" }).waitFor();
  const names = page.locator(".package-view > .facts dd");
  const order = async () => (await names.allTextContents()).slice(0, 2).map((text) => text.split(" ")[0]);
  assert.deepEqual(await order(), ["bench-old.anpkg", "bench-new.anpkg"]);
  await page.getByRole("button", { name: "Swap old and new" }).click();
  assert.deepEqual(await order(), ["bench-new.anpkg", "bench-old.anpkg"]);
  await page.getByRole("heading", { name: /^High risk|^Medium risk/ }).first().waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await page.locator("#results").textContent(), "");
  await checkPage(page);
});

test("a package equals itself", async () => {
  const page = await openPage(browser, server);
  await drop(page, "body", older, { ...older, name: "copy.anpkg" });
  await page.getByText("All files are the same, byte for byte.").waitFor();
  assert.equal(await verdict(page), "Identical");
  assert.deepEqual(await risks(page), []);
  await checkPage(page);
});

test("a bad package is not compared, and its problems show", async () => {
  const page = await openPage(browser, server);
  await drop(page, "body", older, packageFile("half.anpkg", newer.buffer.subarray(0, 2000)));
  await page.getByText("They cannot be compared: half.anpkg is not valid.").waitFor();
  await page.getByText("Do not install this package.").waitFor();
  await page.getByText("zip-truncated").first().waitFor();
  await checkPage(page);
});
