/**
 * One ASSAY_HOME for all tests of a run that need the real model's circuit package: its keys are made once, and gone with
 * the run.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VARIABLE = "ASSAY_TEST_HOME";

/** Called by vitest before any test, in the process that starts the tests. @returns what it calls at the end */
export async function setup(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), "assay-test-"));
  process.env[VARIABLE] = join(dir, "home");
  return () => rm(dir, { recursive: true, force: true });
}

export function sharedHome(): string {
  const home = process.env[VARIABLE];
  if (home === undefined) throw new Error(`${VARIABLE} is not set: run the tests by vitest`);
  return home;
}
