/**
 * Compares Assay with the software that Bittensor's people run:
 *
 *     node --import tsx scripts/interop.ts [section…] [--json]
 *
 * Every check is "pass", "fail" or "skipped"; the last only where there is no Python or no package index to compare
 * with. Exits with 1 when one fails.
 */
import { fileURLToPath } from "node:url";
import type { Check } from "./interop/check.ts";
import { PythonUnavailable } from "./interop/venv.ts";

/** Each is a module `interop/<section>.ts` that exports `checks`. */
const SECTIONS = ["http-auth", "dendrite", "keyfiles", "timelock", "local-chain"] as const;

export interface Outcome {
  readonly section: string;
  readonly check: string;
  readonly against: string;
  readonly result: "pass" | "fail" | "skipped";
  /** Why it failed or was skipped. */
  readonly why: string;
}

/** Runs the checks of a section one after the other: they share machines, ports and clocks. */
export async function runSection(section: string): Promise<Outcome[]> {
  let checks: readonly Check[];
  try {
    ({ checks } = (await import(`./interop/${section}.ts`)) as { checks: readonly Check[] });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ section, check: "loads", against: "", result: "fail", why }];
  }
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    const named = { section, check: check.name, against: check.against ?? "" };
    outcomes.push({ ...named, ...(await resultOf(check)) });
  }
  return outcomes;
}

async function resultOf(check: Check): Promise<Pick<Outcome, "result" | "why">> {
  try {
    await check.run();
    return { result: "pass", why: "" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { result: error instanceof PythonUnavailable ? "skipped" : "fail", why };
  }
}

/** One line for each check, reasons below it. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const width = (column: "section" | "check" | "against"): number =>
    Math.max(0, ...outcomes.map((outcome) => outcome[column].length));
  const [section, check, against] = [width("section"), width("check"), width("against")];
  return outcomes
    .flatMap((outcome) => [
      [
        outcome.result.padEnd(7),
        outcome.section.padEnd(section),
        outcome.check.padEnd(check),
        outcome.against.padEnd(against),
      ]
        .join("  ")
        .trimEnd(),
      ...(outcome.why === "" ? [] : [`         ${outcome.why.replaceAll("\n", "\n         ")}`]),
    ])
    .join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const named = args.filter((arg) => arg !== "--json");
  const unknown = named.find((name) => !SECTIONS.some((section) => section === name));
  if (unknown !== undefined) {
    process.stderr.write(`no section ${unknown}; there are: ${SECTIONS.join(", ")}\n`);
    process.exit(2);
  }
  const outcomes: Outcome[] = [];
  for (const section of named.length > 0 ? named : SECTIONS) {
    outcomes.push(...(await runSection(section)));
  }
  const count = (result: Outcome["result"]): number =>
    outcomes.filter((outcome) => outcome.result === result).length;
  const [passed, failed, skipped] = [count("pass"), count("fail"), count("skipped")];
  if (args.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ node: process.version, outcomes })}\n`);
  } else {
    process.stdout.write(`${tableOf(outcomes)}\n\n`);
    process.stdout.write(`interop: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  }
  process.exitCode = failed > 0 ? 1 : 0;
}
