import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, choose, drag, drop, launch, openPage, packageFile } from "../lib/browser.js";
import { exportWithCLI, examples, startServer, workFolder } from "../lib/server.js";
import { seal, unzip, zip } from "../lib/zip.js";

const folder = workFolder(after);
let browser, server, bench;

before(async () => {
  [browser, server] = await Promise.all([launch(), startServer()]);
  bench = exportWithCLI(path.join(examples, "bioreactor-bench"), folder, "--variants=all");
});
after(() => Promise.all([browser?.close(), server?.stop()]));

// checked gives the verdict on a file, after it was dropped anywhere.
async function checked(page, name, bytes) {
  await drop(page, "body", packageFile(name, bytes));
  await page.getByRole("heading", { name, exact: true }).waitFor();
  return page.locator("#results .verdict .word").textContent();
}

function changed(bytes, edit) {
  const files = unzip(bytes);
  edit(files);
  return zip(files);
}

test("the zip files of these tests are those of the exporter", () => {
  assert.ok(zip(unzip(bench)).equals(bench));
  assert.ok(zip(seal(unzip(bench))).equals(bench));
});

test("a good package shows its verdict, contents and summary", async () => {
  const page = await openPage(browser, server);
  await choose(page, "Choose packages…", packageFile("bench.anpkg", bench));
  await page.getByRole("heading", { name: "bench.anpkg" }).waitFor();
  assert.equal(await page.locator(".verdict .word").textContent(), "Valid");
  assert.equal(await page.getByRole("status").textContent(), "bench.anpkg: Valid.");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "bench.anpkg", "the focus goes to the result");

  const summary = page.locator(".summary");
  await summary.getByText("Supply these secrets on the machine.").waitFor();
  await summary.getByText("INFLUXDB_TOKEN").first().waitFor();
  for (const profile of ["manual", "telemetry", "automation", "full"]) {
    await summary.locator("summary", { hasText: new RegExp(`^${profile} `) }).waitFor();
  }
  await summary.locator("summary", { hasText: /^automation / }).click();
  await summary.getByText("runtime/behaviors/fed_batch.xml").first().waitFor();
  await summary.getByText("Providers and devices: 3").click();
  await summary.getByText("providers/thermal0.yaml").last().waitFor();

  await page.getByText("Start: nothing stops it").click();
  assert.equal(await page.getByText("starts, as far as the package can say").count(), 4);
  await page.getByText("Pictures of the machine and its behavior trees").click();
  const drawn = await page.locator(".pictures img").evaluateAll((list) => list.map((i) => [i.alt, i.complete && i.naturalWidth > 0]));
  assert.ok(drawn.length === 2 && drawn[0][0] === "The machine" && drawn.every(([, shown]) => shown), "every picture is shown");
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the handoff sheet" }).click();
  assert.equal((await saved).suggestedFilename(), "bench.html");
  await page.getByText("Open it to print it.").waitFor();

  await page.getByText(/^Contents: \d+ files$/).click();
  assert.deepEqual(await page.locator(".files .path").allTextContents(), [...unzip(bench).keys()].sort());
  await checkPage(page);
});

test("flipped bytes are a verdict that nobody overlooks", async () => {
  const page = await openPage(browser, server);
  const flipped = Buffer.from(bench);
  flipped[flipped.indexOf("machine_id")] ^= 0x20;
  assert.equal(await checked(page, "flipped.anpkg", flipped), "Not valid");
  await page.getByText("Do not install this package.").waitFor();
  await page.getByText("zip-crc").waitFor();
  await page.getByText("machine-profile.yaml", { exact: true }).first().waitFor();
  await page.getByText("What to do:").first().waitFor();
  await page.getByText(/^Do not install this package\. It has \d+ errors?/).waitFor();
  assert.match(await page.getByRole("status").textContent(), /^flipped\.anpkg: Not valid: \d+ error/);
  await checkPage(page);
});

test("a problem has its place", async () => {
  const page = await openPage(browser, server);
  const bytes = changed(bench, (files) => {
    const name = "runtime/anolis-runtime.yaml";
    files.set(name, Buffer.from(files.get(name).toString().replace(/^( +)timeout_ms: \d+/m, "$1timeout_ms: soon")));
    for (const [file, content] of seal(files)) {
      files.set(file, content);
    }
  });
  assert.equal(await checked(page, "soon.anpkg", bytes), "Not valid");
  await page.getByText(/^runtime\/anolis-runtime\.yaml:\d+:\d+$/).first().waitFor();
  await page.getByText(/^\/providers\/0\/timeout_ms$/).first().waitFor();
  await checkPage(page);
});

test("a missing file is named", async () => {
  const page = await openPage(browser, server);
  const bytes = changed(bench, (files) => files.delete("providers/thermal0.yaml"));
  assert.equal(await checked(page, "missing.anpkg", bytes), "Not valid");
  await page.getByText("checksums-missing").waitFor();
  await page.getByText(/providers\/thermal0\.yaml/).first().waitFor();
  await checkPage(page);
});

test("a text file is no package", async () => {
  const page = await openPage(browser, server);
  assert.equal(await checked(page, "notes.txt", Buffer.from("buy milk\n")), "Not valid");
  await page.getByText("zip-no-end-record").waitFor();
  await page.getByText("the package", { exact: true }).waitFor();
  await checkPage(page);
});

test("an empty file is no package", async () => {
  const page = await openPage(browser, server);
  assert.equal(await checked(page, "empty.anpkg", Buffer.alloc(0)), "Not valid");
  await checkPage(page);
});

test("a long list is shown in parts", async () => {
  const page = await openPage(browser, server);
  const bytes = changed(bench, (files) => {
    for (let i = 0; i < 80; i++) {
      files.set(`extra/${i}.txt`, Buffer.from("x"));
    }
  });
  assert.equal(await checked(page, "extra.anpkg", bytes), "Not valid");
  await page.getByText(/^Contents/).click();
  const paths = page.locator(".files .path");
  assert.equal(await paths.count(), 50);
  await page.locator(".files").getByRole("button", { name: /^Show the other \d+$/ }).click();
  assert.equal(await paths.count(), unzip(bytes).size);
  await checkPage(page);
});

test("what is no file to check is said", async () => {
  const page = await openPage(browser, server);
  const small = packageFile("a.anpkg", Buffer.from("x"));
  await drop(page, ".drop", small, small, small);
  await page.getByRole("alert").getByText("Those are too many files.").waitFor();
  await checkPage(page);
});

test("a file is dragged onto the zone, which shows it", async () => {
  const page = await openPage(browser, server);
  const file = path.join(folder, "dragged.anpkg");
  writeFileSync(file, bench);
  await drag(page, ".drop", file, () => page.locator(".drop.over").waitFor());
  await page.getByRole("heading", { name: "dragged.anpkg" }).waitFor();
  assert.equal(await page.locator(".drop.over").count(), 0);
  await checkPage(page);
});

test("a folder is no package", async () => {
  const page = await openPage(browser, server);
  await drag(page, "header", folder); // anywhere on the page
  await page.getByRole("alert").getByText("That is a folder.").waitFor();
  await checkPage(page);
});

test("a slow upload shows how far it is, and can be canceled", async () => {
  const page = await openPage(browser, server);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 256 << 10 });
  await choose(page, "Choose packages…", packageFile("large.anpkg", Buffer.alloc(4 << 20)));
  await page.getByText("Sending large.anpkg…").first().waitFor();
  await page.waitForFunction(() => document.querySelector("#check-state progress").position > 0.05);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("alert").getByText("Canceled.").waitFor();
  await checkPage(page);
});

test("the time of the check itself is not known", async () => {
  const page = await openPage(browser, server);
  await page.route("**/validate", () => {}); // no answer
  await choose(page, "Choose packages…", packageFile("bench.anpkg", bench));
  await page.getByRole("progressbar").waitFor();
  assert.equal(await page.evaluate(() => document.querySelector("#check-state progress").position), -1);
  await checkPage(page);
});

test("what the machine runtime says is shown line by line", async () => {
  const runtime = path.join(folder, "runtime");
  writeFileSync(runtime, "#!/bin/sh\nprintf 'config <i>ok</i>\\nsecond line\\n'\n", { mode: 0o755 });
  const replaying = await startServer({ flags: ["-runtime-bin", runtime] });
  try {
    const page = await openPage(browser, replaying);
    await drop(page, "body", packageFile("bench.anpkg", bench));
    await page.getByText(/^Runtime on profile manual: /).click();
    const output = page.getByLabel("Output of the runtime on profile manual");
    assert.match(await output.textContent(), /^config <i>ok<\/i>\nsecond line/);
    await checkPage(page);
  } finally {
    await replaying.stop();
  }
});

test("a package that will not start says so before its problems", async () => {
  const page = await openPage(browser, server);
  const tree = "runtime/behaviors/fed_batch.xml";
  const files = unzip(bench);
  files.set(tree, Buffer.from(files.get(tree).toString().replace("<AlwaysSuccess/>", "<AlwaysSucceed/>")));
  const broken = zip(seal(files));
  assert.equal(await checked(page, "broken.anpkg", broken), "Valid, but will not start");
  await page.getByText("Start: something stops it").waitFor();
  assert.equal(await page.getByText("does not start", { exact: true }).count(), 2);
  await page.getByText("Pictures of the machine and its behavior trees").waitFor();
  await checkPage(page);
});
