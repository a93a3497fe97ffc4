#!/usr/bin/env node
/**
 * `assay`: the only front door for people.
 * @module
 */
import { newProgram } from "./program.ts";

await newProgram().parseAsync(process.argv);
