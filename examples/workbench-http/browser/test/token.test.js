import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkPage, launch, openPage } from "../lib/browser.js";
import { startServer } from "../lib/server.js";

const token = "0123456789abcdef".repeat(3);
let browser, server;

before(async () => {
  [browser, server] = await Promise.all([launch(), startServer({ token })]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

const field = (page) => page.getByLabel("Token", { exact: true });

test("the page asks for the token, and again for a wrong one", async () => {
  const page = await openPage(browser, server);
  await page.getByRole("dialog", { name: "Access token" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "token");
  await page.keyboard.type("not the token");
  await page.keyboard.press("Enter");
  await page.getByText("The server did not accept that token.").waitFor();
  await page.keyboard.type(token);
  await page.keyboard.press("Enter");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export sim-quickstart" }).click()]);
  assert.equal(download.suggestedFilename(), "sim-quickstart.anpkg");
  await checkPage(page, /401/);
});

test("the token is in the memory of the page and nowhere else", async () => {
  const page = await openPage(browser, server);
  await field(page).fill(token);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Export sim-quickstart" }).waitFor();
  assert.equal(page.url(), server.url);
  assert.equal(await page.content().then((html) => html.includes(token)), false);
  assert.equal(await field(page).inputValue(), "");
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
  assert.deepEqual((await page.context().storageState()).cookies, []);
  await page.reload();
  await field(page).waitFor();
  await checkPage(page, /401/);
});

test("no token is no dead end", async () => {
  const page = await openPage(browser, server);
  await field(page).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("The server needs its access token.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await field(page).fill(token);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Export sim-quickstart" }).waitFor();
  await checkPage(page, /401/);
});
