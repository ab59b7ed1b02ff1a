// The unit tests, by Node's own runner: `npm test`. esbuild turns each file of `tests/` into JavaScript
// first, with what it imports from `src/` bundled into it. (What needs a page is in `tests/frontend` at
// the top of the repository.)

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const files = (await readdir(join(here, "tests"))).filter((name) => name.endsWith(".test.ts"));
const folder = await mkdtemp(join(tmpdir(), "async-dag-frontend-"));
try {
  await build({
    absWorkingDir: here,
    entryPoints: files.map((name) => join("tests", name)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const built = files.map((name) => join(folder, name.replace(/\.ts$/, ".mjs")));
  const { status } = spawnSync(
    process.execPath,
    ["--enable-source-maps", "--test", "--test-reporter=dot", ...built],
    {
      stdio: "inherit",
    },
  );
  process.exitCode = status ?? 1;
} finally {
  await rm(folder, { recursive: true });
}
