/**
 * Builds dist/: the native core by cargo where it is installed, JavaScript by tsc, and beside it the files that the
 * program reads at run time. Run through tsx: the native core's build is the program's own, in TypeScript.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ADDON_PATH } from "../proof/native/addon.ts";
import { buildNative } from "../proof/native/build.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
/** Circuit templates, models, sample images, the runtime's interface: read from the folder in which they stand in the sources. */
const ASSETS = {
  bench: [".circom"],
  chain: [".json"],
  circuits: [".circom"],
  models: [".onnx", ".gz"],
};

const native = await buildNative({ onProgress: shown });
if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
switch (native.kind) {
  case "built":
    console.log(`native core built in ${native.seconds.toFixed(1)} s`);
    break;
  case "impossible":
    console.log(`without the native core (everything works, proofs take longer): ${native.reason}`);
    break;
  case "failed":
    console.error(`the native core does not build: ${native.reason}`);
    process.exit(1);
}
if (process.argv.includes("--native")) process.exit(0);

rmSync(dist, { recursive: true, force: true });
const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
execFileSync(
  process.execPath,
  [join(typescript, "bin", "tsc"), "-p", join(root, "tsconfig.build.json")],
  {
    cwd: root,
    stdio: "inherit",
  },
);
for (const [folder, endings] of Object.entries(ASSETS)) {
  cpSync(join(root, folder), join(dist, folder), {
    recursive: true,
    filter: (source) => extname(source) === "" || endings.includes(extname(source)),
  });
}
if (existsSync(ADDON_PATH)) cpSync(ADDON_PATH, join(dist, relative(root, ADDON_PATH)));

/** On a terminal a line that rewrites itself; elsewhere silence, and one line at the end. */
function shown(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line}`);
}
