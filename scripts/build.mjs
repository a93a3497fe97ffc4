/**
 * Builds dist/: JavaScript by tsc, and beside it the files that the program reads at run time.
 */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
/** Circuit templates, models and sample images: read from the folder in which they stand in the sources. */
const ASSETS = {
  circuits: [".circom"],
  models: [".onnx", ".gz"],
};

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
