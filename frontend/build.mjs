// Bundles the page into the Python package: `npm run build`. With --check nothing is written; it fails
// if what is committed is not what the sources give. esbuild and the libraries are pinned by the lock
// file, so the same sources give the same bytes everywhere.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const target = new URL("../async_dag/workbench/static/", here);

const shared = {
  absWorkingDir: new URL(".", here).pathname,
  bundle: true,
  minify: true,
  write: false,
  charset: "utf8",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
};

const results = await Promise.all([
  build({ ...shared, entryPoints: ["src/main.ts"], format: "esm", outfile: "workbench.js" }),
  build({ ...shared, entryPoints: ["src/style.css"], outfile: "workbench.css" }),
]);
// What is bundled besides our own: both licences ask to be named.
const notice =
  "/* async_dag workbench, with d3-scale, d3-selection and d3-zoom (ISC, Mike Bostock). */\n";

const check = process.argv.includes("--check");
await mkdir(target, { recursive: true });
for (const { outputFiles } of results) {
  for (const { path, text } of outputFiles) {
    const file = new URL(path.split("/").pop(), target);
    const wanted = file.pathname.endsWith(".js") ? notice + text : text;
    if (check) {
      const found = await readFile(file, "utf8").catch(() => "");
      if (found !== wanted) {
        console.error(`${file.pathname} is stale: run npm ci && npm run build in frontend/`);
        process.exitCode = 1;
      }
    } else {
      await writeFile(file, wanted);
      console.log(`${file.pathname}: ${Buffer.byteLength(wanted).toLocaleString("en")} bytes`);
    }
  }
}
