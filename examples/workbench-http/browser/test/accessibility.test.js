// Every state of the page, in both color schemes and on a phone: no finding of
// axe, nothing wider than the screen, targets that a finger hits.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { checkPage, drop, launch, openPage, packageFile } from "../lib/browser.js";
import { exportWithCLI, examples, startServer, workFolder } from "../lib/server.js";
import { screen } from "../lib/screens.js";
import { unzip, zip } from "../lib/zip.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const looks = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  narrow: { colorScheme: "dark", viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, reducedMotion: "reduce" },
};
const folder = workFolder(after);
let browser, server, locked, good, bad, changed;

before(async () => {
  const projects = path.join(folder, "projects");
  cpSync(examples, projects, { recursive: true });
  rmSync(path.join(projects, "mixer-system/behaviors/batch_mix.xml"));
  [browser, server, locked] = await Promise.all([launch(), startServer({ projects }), startServer({ token: "t".repeat(40) })]);
  const source = path.join(projects, "bioreactor-bench");
  good = packageFile("bioreactor-bench.anpkg", exportWithCLI(source, folder, "--variants=all"));
  const files = unzip(good.buffer);
  const broken = files.get("runtime/anolis-runtime.yaml").toString().replace(/timeout_ms: \d+/g, "timeout_ms: soon");
  files.set("runtime/anolis-runtime.yaml", Buffer.from(broken)).delete("providers/thermal0.yaml");
  bad = packageFile("bioreactor-bench-damaged.anpkg", zip(files.set("notes.txt", Buffer.from("x"))));
  const config = path.join(source, "config/anolis-runtime.manual.yaml");
  writeFileSync(config, readFileSync(config, "utf8").replace(/bind: \S+/, "bind: 0.0.0.0\n  allow_insecure_bind: true").replace(/^( +)timeout_ms: \d+/m, "$1timeout_ms: 4321"));
  changed = packageFile("bioreactor-bench.anpkg", exportWithCLI(source, folder));
});
after(() => Promise.all([browser?.close(), server?.stop(), locked?.stop()]));

const unfold = (page) => page.evaluate(() => document.querySelectorAll("#results details").forEach((d) => (d.open = true)));

// Each state is made by a function; most need the list of projects first.
const states = {
  async start(page) {
    await page.getByRole("button", { name: "Export sim-quickstart" }).waitFor();
  },
  async exported(page) {
    await page.getByRole("button", { name: "Export sim-quickstart" }).click();
    await page.locator(".outcome .notice.good").waitFor();
    await page.getByRole("button", { name: "Export mixer-system" }).click();
    await page.getByText("The project cannot be exported.").waitFor();
    await page.getByText("1 of 4 profiles: manual").first().click();
    await page.getByLabel("What goes into the package").first().selectOption("Manual and some others");
  },
  async valid(page) {
    await drop(page, "body", good);
    await page.locator(".summary").waitFor();
  },
  async unfolded(page) {
    await states.valid(page);
    await unfold(page);
  },
  async invalid(page) {
    await drop(page, "body", bad);
    await page.getByText("Do not install this package.").waitFor();
    await unfold(page);
  },
  async compared(page) {
    await drop(page, "body", good, changed);
    await page.getByRole("heading", { name: /^High risk/ }).waitFor();
  },
  async working(page) {
    await page.route("**/validate", () => {}); // no answer
    await drop(page, "body", good);
    await page.getByRole("progressbar").waitFor();
  },
  async busy(page) {
    await page.route("**/validate", (route) => route.fulfill({
      status: 503, headers: { "Retry-After": "1" }, json: { error: "the server has too much to do; try again" },
    }));
    await drop(page, "body", good);
    await page.getByText("The server has too much to do").waitFor();
  },
  async locked(page) {
    await page.getByRole("dialog").waitFor();
    await page.getByLabel("Token", { exact: true }).fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("did not accept that token").waitFor();
  },
};

describe("the page", { concurrency: 3 }, () => {
  for (const [look, options] of Object.entries(looks)) {
    for (const [state, reach] of Object.entries(states)) {
      test(`${state}, ${look}`, async () => {
        const page = await openPage(browser, state === "locked" ? locked : server, options);
        await reach(page);
        await screen(page, `${state}-${look}`);
        assert.deepEqual(await findings(page), []);
        assert.deepEqual(await tooSmall(page), []);
        assert.doesNotMatch(await page.locator("body").ariaSnapshot(), /›/, "an ornament is read out");
        assert.deepEqual(await crushed(page), []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, "scrolls sideways");
        await checkPage(page, /40[01]|503/);
      });
    }
  }
});

test("work shows with the colors of the system, too", async () => {
  const page = await openPage(browser, server, { forcedColors: "active" });
  await states.working(page);
  const image = await page.getByRole("progressbar").evaluate((node) => getComputedStyle(node).backgroundImage);
  assert.match(image, /gradient/);
  await checkPage(page);
});

// findings are those of axe. It runs outside of the page's content security
// policy, as a debugger does.
async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

// crushed are the digests that have no room beside something else.
function crushed(page) {
  return page.evaluate(() => [...document.querySelectorAll(".digest")].filter((node) => node.getBoundingClientRect().height > 100).map((node) => node.textContent));
}

// tooSmall are the controls that are lower than 44 pixels.
function tooSmall(page) {
  return page.evaluate(() => [...document.querySelectorAll("button, input, select, summary, a")]
    .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 44)
    .map((node) => `${node.localName} ${node.textContent}`));
}
