// A package can say anything. Nothing of it is ever more than text.

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, drop, launch, openPage, packageFile } from "../lib/browser.js";
import { exportWithCLI, examples, startServer, workFolder } from "../lib/server.js";
import { unzip, zip } from "../lib/zip.js";

const image = `<img src=x onerror="document.title='pwned'">`;
const script = "<script>document.title='pwned'</script>";
const turned = "safe\u202egnp.anpkg"; // shows as safe.gnpkpna. where it is believed
const folder = workFolder(after);
let browser, server, valid, other, invalid;

before(async () => {
  const projects = path.join(folder, "projects");
  cpSync(examples, projects, { recursive: true });
  [browser, server] = await Promise.all([launch(), startServer({ projects })]);
  const edit = (file, pattern, value) => {
    const text = readFileSync(path.join(projects, file), "utf8");
    assert.match(text, pattern);
    writeFileSync(path.join(projects, file), text.replace(pattern, () => value));
  };
  edit("bioreactor-bench/machine-profile.yaml", /display_name: .*/, `display_name: ${JSON.stringify(image)}`);
  edit("bioreactor-bench/config/provider-thermal.yaml", /label: .*/, `label: ${JSON.stringify(script + turned)}`);
  valid = exportWithCLI(path.join(projects, "bioreactor-bench"), folder, "--variants=all");
  edit("bioreactor-bench/machine-profile.yaml", /display_name: .*/, `display_name: ${JSON.stringify(script)}`);
  other = exportWithCLI(path.join(projects, "bioreactor-bench"), folder);
  edit("sim-quickstart/machine-profile.yaml", /config\/anolis-runtime\.manual\.yaml/, JSON.stringify(`${image}.yaml`));
  const files = unzip(valid);
  files.set(`${image}.yaml`, Buffer.from(`a: [${script}`)).set(turned, Buffer.from("x"));
  files.set("providers/drives0.yaml", Buffer.from(`${JSON.stringify(image)}: 1\n${JSON.stringify(image)}: 2\n`));
  invalid = zip(files);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

// harmless fails if anything became more than text.
async function harmless(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  assert.equal(await page.title(), "Handoff packages");
  assert.equal(await page.locator("body :is(script, iframe, object, embed, style, base), body img:not(.pictures img)").count(), 0);
  for (const src of await page.locator("body img").evaluateAll((list) => list.map((i) => i.src))) {
    assert.match(src, /^data:image\/svg\+xml;/); // of our own, in which nothing acts
  }
  assert.equal(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069]/.test(await page.evaluate(() => document.body.textContent)), false);
  await checkPage(page, /400/);
}

test("in the values of a valid package", async () => {
  const page = await openPage(browser, server);
  await drop(page, "body", packageFile(`${image}${turned}`, valid));
  await page.locator(".summary").getByText(image).first().waitFor();
  await page.getByRole("heading", { name: `${image}safe\\u{202e}gnp.anpkg` }).waitFor();
  await page.getByText("Providers and devices: 3").click();
  await page.getByText("safe\\u{202e}gnp").last().waitFor();
  await harmless(page);
});

test("in the names and problems of an invalid package", async () => {
  const page = await openPage(browser, server);
  await drop(page, "body", packageFile("hostile.anpkg", invalid));
  await page.getByText("Do not install this package.").waitFor();
  await page.getByText(/^Contents/).click();
  await page.getByText("zip-name-character").first().waitFor();
  await harmless(page);
});

test("in a comparison", async () => {
  const page = await openPage(browser, server);
  await drop(page, "body", packageFile("a.anpkg", valid), packageFile("b.anpkg", other));
  await page.locator(".changes").getByText(script).first().waitFor();
  await harmless(page);
});

test("in the problems of a project", async () => {
  const page = await openPage(browser, server);
  await page.getByRole("button", { name: "Export sim-quickstart" }).click();
  await page.getByRole("alert").getByText("onerror").first().waitFor();
  await harmless(page);
});
