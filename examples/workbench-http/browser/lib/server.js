// Starts the real server and runs the command line, as run.sh has built them.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

export const examples = path.resolve(import.meta.dirname, "../../../projects");

// startServer serves a folder of projects on a free port of the loopback.
export async function startServer({ projects = examples, flags = [], token } = {}) {
  const env = { PATH: process.env.PATH, ...(token && { WORKBENCH_HTTP_TOKEN: token }) };
  const child = spawn(process.env.WORKBENCH_HTTP, ["-listen", "127.0.0.1:0", "-projects", projects, ...flags], {
    env, stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  const log = createInterface({ input: child.stderr });
  const address = await new Promise((resolve, reject) => {
    log.on("line", (line) => {
      const entry = JSON.parse(line);
      if (entry.msg === "listening") {
        resolve(entry.address);
      }
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  return {
    url: `http://${address}/`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

// workFolder is a folder that is gone after the tests of a file.
export function workFolder(after) {
  const folder = mkdtempSync(path.join(tmpdir(), "page-"));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

// exportWithCLI gives the bytes of anpkg export.
export function exportWithCLI(project, folder, ...flags) {
  const out = path.join(folder, `${path.basename(project)}${flags.join("")}.anpkg`);
  execFileSync(process.env.ANPKG, ["export", ...flags, project, out], { stdio: ["ignore", "ignore", "ignore"] });
  return readFileSync(out);
}
