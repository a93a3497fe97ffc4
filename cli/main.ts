#!/usr/bin/env node
/**
 * `assay`: the only front door for people.
 * @module
 */
import { newProgram } from "./program.ts";

const [, , first, second] = process.argv;
const program = await newProgram(first === "help" ? second : first);
await program.parseAsync(process.argv);
