#!/usr/bin/env node
/**
 * `assay`: the only front door for people.
 * @module
 */
import { newProgram } from "./program.ts";

const [, , first, second] = process.argv;
const program = await newProgram(first === "help" ? second : first);
await program.parseAsync(process.argv);

// Libraries keep timers for seconds after the last thing that anybody wants of them.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((written) => stream.write("", () => written()));
}
process.exit();
