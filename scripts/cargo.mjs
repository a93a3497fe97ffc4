/**
 * What cargo checks of the native core, where cargo is installed: `check` for form and lints, `test` for its own tests.
 * Without cargo it says so and succeeds: the reference engine needs none of it.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CRATE = "proof/native";
/** An opponent of the benches: it must not rot, and has no tests of its own. */
const OPPONENT = "proof/native/bench-arkworks";
const DENY = ["--", "-D", "warnings"];
const STEPS = {
  check: [
    [CRATE, "fmt", "--check"],
    // Both with the door and without: fuzzing and other programs take the crate without Node.
    [CRATE, "clippy", "--locked", "--all-targets", "--no-default-features", ...DENY],
    [CRATE, "clippy", "--locked", ...DENY],
    [OPPONENT, "fmt", "--check"],
    [OPPONENT, "clippy", "--locked", ...DENY],
  ],
  test: [
    // Fixed randomness pins the bytes of a proof: a door that only tests have.
    [
      CRATE,
      "test",
      "--locked",
      "--quiet",
      "--no-default-features",
      "--features",
      "fixed-randomness",
    ],
  ],
};

const steps = STEPS[process.argv[2]];
if (steps === undefined) throw new Error("usage: cargo.mjs check | test");
const { status } = spawnSync("cargo", ["--version"], { stdio: "ignore" });
if (status !== 0) {
  console.log("cargo is not installed: the native core is not looked at");
  process.exit(0);
}
for (const [crate, ...args] of steps) {
  const cwd = fileURLToPath(new URL(`../${crate}`, import.meta.url));
  const { status } = spawnSync("cargo", args, { cwd, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
