// Takes pictures of the page for a person to look at, if SCREENSHOTS names a
// folder for them.

import { mkdirSync } from "node:fs";
import path from "node:path";

export async function screen(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (folder) {
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  }
}
