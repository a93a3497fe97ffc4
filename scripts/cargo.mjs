/**
 * What cargo checks of the native core, where cargo is installed: `check` for form and lints, `test` for its own tests.
 * Without cargo it says so and succeeds: the reference engine needs none of it.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CRATE = fileURLToPath(new URL("../proof/native", import.meta.url));
const DENY = ["--", "-D", "warnings"];
const STEPS = {
  check: [
    ["fmt", "--check"],
    // Both with the door and without: fuzzing and other programs take the crate without Node.
    ["clippy", "--locked", "--all-targets", "--no-default-features", ...DENY],
    ["clippy", "--locked", ...DENY],
  ],
  test: [["test", "--locked", "--quiet", "--no-default-features"]],
};

const steps = STEPS[process.argv[2]];
if (steps === undefined) throw new Error("usage: cargo.mjs check | test");
const { status } = spawnSync("cargo", ["--version"], { stdio: "ignore" });
if (status !== 0) {
  console.log("cargo is not installed: the native core is not looked at");
  process.exit(0);
}
for (const args of steps) {
  const { status } = spawnSync("cargo", args, { cwd: CRATE, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
