import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, launch, openPage } from "../lib/browser.js";
import { exportWithCLI, examples, startServer, workFolder } from "../lib/server.js";

const folder = workFolder(after);
let browser, server;

before(async () => {
  cpSync(examples, path.join(folder, "projects"), { recursive: true });
  rmSync(path.join(folder, "projects/mixer-system/behaviors/batch_mix.xml"));
  [browser, server] = await Promise.all([launch(), startServer({ projects: path.join(folder, "projects") })]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

const project = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });

// exported clicks, and gives the download with its digest as the page shows it.
async function exported(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: `Export ${name}`, exact: true }).click()]);
  const bytes = readFileSync(await download.path());
  return { file: download.suggestedFilename(), bytes, shown: await project(page, name).locator(".digest").textContent() };
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

test("the projects of the server are listed", async () => {
  const page = await openPage(browser, server);
  await project(page, "sim-quickstart").waitFor();
  assert.deepEqual(await page.locator("#projects-list h3").allTextContents(),
    ["bioreactor-bench", "legacy-mixer", "mixer-system", "sim-quickstart"]);
  assert.equal(await page.locator("#projects-filter").isVisible(), false);
  await checkPage(page);
});

test("an export downloads the bytes of the command line", async () => {
  const page = await openPage(browser, server);
  for (const name of ["sim-quickstart", "bioreactor-bench", "legacy-mixer"]) {
    const { file, bytes, shown } = await exported(page, name);
    const digest = sha256(exportWithCLI(path.join(examples, name), folder));
    assert.equal(file, `${name}.anpkg`);
    assert.equal(sha256(bytes), digest);
    assert.equal(shown, digest);
    await project(page, name).getByText("SHA-256, checked on arrival").waitFor();
  }
  await checkPage(page);
});

test("the runtime profiles are a choice", async () => {
  const page = await openPage(browser, server);
  const name = "bioreactor-bench";
  await project(page, name).getByText("1 of 4 profiles: manual").click();
  const choice = project(page, name).getByLabel("What goes into the package");
  await choice.selectOption("All of the project");
  const all = await exported(page, name);
  assert.equal(sha256(all.bytes), sha256(exportWithCLI(path.join(examples, name), folder, "--variants=all")));
  await choice.selectOption("Manual and some others");
  await project(page, name).getByLabel("Names besides manual").fill("telemetry, full");
  const some = await exported(page, name);
  assert.equal(sha256(some.bytes), sha256(exportWithCLI(path.join(examples, name), folder, "--variants=telemetry,full")));
  assert.notEqual(some.shown, all.shown);
  await checkPage(page);
});

test("an export shows what is to know about it", async () => {
  const page = await openPage(browser, server);
  await exported(page, "bioreactor-bench");
  const outcome = project(page, "bioreactor-bench");
  await outcome.getByRole("heading", { name: "to know about this export" }).waitFor();
  await outcome.getByText("secret-removed").waitFor();
  await outcome.getByText("What to do: Supply it on the target machine as the message says.").waitFor();
  await checkPage(page);
});

test("an export that fails says where and what", async () => {
  const page = await openPage(browser, server);
  await page.getByRole("button", { name: "Export mixer-system" }).click();
  const outcome = project(page, "mixer-system").getByRole("alert");
  await outcome.getByText("The project cannot be exported.").waitFor();
  await outcome.getByText("behaviors/batch_mix.xml").first().waitFor();
  await outcome.getByText("reference-missing").waitFor();
  await outcome.getByText("What to do: Add the file to the project, or remove the reference, and export again.").waitFor();
  await outcome.getByRole("button", { name: "Try again" }).waitFor();
  await checkPage(page, /400/);
});

test("an exported package can be checked without a detour", async () => {
  const page = await openPage(browser, server);
  await exported(page, "sim-quickstart");
  await page.getByRole("button", { name: "Check sim-quickstart.anpkg" }).click();
  await page.getByRole("heading", { name: "sim-quickstart.anpkg" }).waitFor();
  assert.equal(await page.locator("#results .verdict .word").textContent(), "Valid");
  await checkPage(page);
});

test("a damaged download is not saved", async () => {
  const page = await openPage(browser, server);
  await page.route("**/export", async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length >> 1] ^= 1;
    await route.fulfill({ response, body });
  });
  let downloads = 0;
  page.on("download", () => downloads++);
  await page.getByRole("button", { name: "Export sim-quickstart" }).click();
  await page.getByText("The package was damaged on its way and was not saved.").waitFor();
  assert.equal(downloads, 0);
  await checkPage(page);
});

test("many projects can be searched, and a folder that is none says so", async () => {
  const many = path.join(folder, "many");
  for (let i = 10; i < 20; i++) {
    cpSync(path.join(examples, "sim-quickstart"), path.join(many, `line-${i}`), { recursive: true });
  }
  mkdirSync(path.join(many, "drawings"));
  const other = await startServer({ projects: many });
  try {
    const page = await openPage(browser, other);
    await page.getByText("Cannot be exported").waitFor();
    assert.equal(await page.getByRole("button", { name: /^Export/ }).count(), 10);
    await page.getByLabel("Find a project").fill("LINE-13");
    assert.deepEqual(await page.locator("#projects-list > li:visible h3").allTextContents(), ["line-13"]);
    await checkPage(page);
  } finally {
    await other.stop();
  }
});

test("no project is said, too", async () => {
  const empty = path.join(folder, "empty");
  mkdirSync(empty);
  const other = await startServer({ projects: empty });
  try {
    const page = await openPage(browser, other);
    await page.getByText("There are no projects in the folder of this server.").waitFor();
    await checkPage(page);
  } finally {
    await other.stop();
  }
});

test("a proxy that drops the digest is no damage", async () => {
  const page = await openPage(browser, server);
  await page.route("**/export", async (route) => {
    const response = await route.fetch();
    const { etag, ...headers } = response.headers();
    assert.ok(etag);
    await route.fulfill({ response, headers });
  });
  const { bytes, shown } = await exported(page, "sim-quickstart");
  assert.equal(shown, sha256(bytes));
  assert.equal(await page.getByText("checked on arrival").count(), 0);
  await checkPage(page);
});
