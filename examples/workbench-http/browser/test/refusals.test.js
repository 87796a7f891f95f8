// Every way in which the server says no, or nothing.

import assert from "node:assert/strict";
import { request } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { checkPage, drop, choose, launch, openPage, packageFile } from "../lib/browser.js";
import { exportWithCLI, examples, startServer, workFolder } from "../lib/server.js";

const folder = workFolder(after);
let browser, good;

before(async () => {
  browser = await launch();
  good = packageFile("good.anpkg", exportWithCLI(path.join(examples, "sim-quickstart"), folder));
});
after(() => browser?.close());

// withPage runs a test on a server of its own.
async function withPage(flags, expected, use) {
  const server = await startServer({ flags });
  try {
    const page = await openPage(browser, server);
    await page.getByRole("button", { name: "Export sim-quickstart" }).waitFor();
    await use(page, server);
    await checkPage(page, ...expected);
  } finally {
    await server.stop();
  }
}

// halfUpload holds a place in the server until it is ended.
async function halfUpload(server) {
  const upload = request(`${server.url}api/packages/validate`, {
    method: "POST", headers: { "Content-Type": "application/zip", "Content-Length": 1000 },
  });
  upload.on("error", () => {}); // we end it
  await new Promise((resolve) => upload.write("PK", resolve));
  return () => upload.destroy();
}

for (const mebibytes of [3, 40]) {
  test(`a package of ${mebibytes} MiB is too large for a limit of 1 MiB`, () => withPage(["-max-package", "1"], [/413/], async (page) => {
    await choose(page, "Choose packages…", packageFile("large.anpkg", Buffer.alloc(mebibytes << 20)));
    const alert = page.getByRole("alert");
    await alert.getByText("The body is larger than 1048576 bytes").waitFor();
    await alert.getByText("anpkg validate").waitFor();
    assert.equal(await alert.getByRole("button").count(), 0, "trying again makes no sense");
  }));
}

test("a server with too much to do is asked again", () => withPage(["-max-in-flight", "1"], [/503/], async (page, server) => {
  const end = await halfUpload(server);
  await drop(page, "body", good);
  const alert = page.getByRole("alert");
  await alert.getByText("The server has too much to do").waitFor();
  await alert.getByText("Your files are all right. Wait a little, then try again. The server asks to wait 1 s.").waitFor();
  end();
  await tryUntilValid(page);
}));

test("a client with too many requests waits for them", () => withPage(["-max-per-client", "1"], [/429/], async (page, server) => {
  const end = await halfUpload(server);
  await drop(page, "body", good);
  await page.getByRole("alert").getByText("Wait until other work from this address has ended, then try again.").waitFor();
  end();
  await tryUntilValid(page);
}));

// tryUntilValid tries again: the server notices a moment later that the other
// upload has ended.
async function tryUntilValid(page) {
  const valid = page.getByText("The package is sound.");
  const again = page.getByRole("button", { name: "Try again" });
  do {
    await again.click();
    await valid.or(again).first().waitFor();
  } while (!(await valid.isVisible()));
}

test("a type that the server does not take is a matter of versions", () => withPage([], [/415/], async (page) => {
  await page.route("**/validate", (route) => route.continue({ headers: { ...route.request().headers(), "content-type": "text/plain" } }));
  await drop(page, "body", good);
  await page.getByRole("alert").getByText("This page may be older than the server. Reload it and try again.").waitFor();
}));

test("the answer of a proxy without JSON is understood", () => withPage([], [/502/], async (page) => {
  await page.route("**/validate", (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad Gateway</h1>" }));
  await drop(page, "body", good);
  await page.getByRole("alert").getByText("The server answered with status 502.").waitFor();
  await page.getByRole("alert").getByText("The server behind this address does not answer.").waitFor();
}));

test("an answer from somebody else is not taken for one", () => withPage([], [/not valid JSON/], async (page) => {
  await page.route("**/validate", (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<h1>Log in to the guest network</h1>" }));
  await drop(page, "body", good);
  await page.getByRole("alert").getByText("This page does not understand the answer.").waitFor();
  assert.equal(await page.locator("#results").textContent(), "");
}));

test("a server that is gone is named", () => withPage([], [/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/], async (page, server) => {
  await server.stop();
  await drop(page, "body", good);
  await page.getByRole("alert").getByText("No answer came from the server.").waitFor();
  await page.getByRole("alert").getByText("Check that the server runs").waitFor();
  await page.getByRole("button", { name: "Try again" }).waitFor();
}));

test("a summary that fails leaves the verdict", () => withPage([], [/503/], async (page) => {
  let calls = 0;
  await page.route("**/inspect", (route) => (calls++ > 0 ? route.continue()
    : route.fulfill({ status: 503, headers: { "Retry-After": "1" }, json: { error: "no worker became free in time; try again" } })));
  await drop(page, "body", good);
  await page.getByText("No worker became free in time; try again.").waitFor();
  await page.getByText("The package is sound.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".summary").waitFor();
}));
