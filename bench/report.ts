/**
 * What a bench leaves behind: figures for programs in a file of JSON, with everything that they depend on, and tables
 * for people.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../store/atomic.ts";
import {
  describeMachine,
  describeVersions,
  type Machine,
  otherLoad,
  type Versions,
} from "./machine.ts";

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** The first so many columns are words, the others numbers. */
  readonly textColumns: number;
  readonly rows: readonly (readonly string[])[];
  /** What is to be said below: who did not take part, and why. */
  readonly notes?: readonly string[];
}

/** What one bench found. */
export interface Bench<R> {
  readonly results: readonly R[];
  readonly tables: readonly Table[];
}

export type BenchName = "prove" | "verify" | "setup" | "compile" | "chain";

export interface Report<R> extends Bench<R> {
  readonly what: BenchName;
  /** When it began. */
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Versions;
  /** Processors that were busy over the minute before: a measurement beside other work is none. */
  readonly loadBefore: number;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs a bench and puts beside its figures where and with what they were measured. */
export async function report<R>(
  what: BenchName,
  options: Readonly<Record<string, unknown>>,
  bench: () => Promise<Bench<R>>,
): Promise<Report<R>> {
  const before = { date: new Date().toISOString(), loadBefore: otherLoad() };
  const [machine, versions] = await Promise.all([describeMachine(), describeVersions()]);
  return { what, ...before, machine, versions, options, ...(await bench()) };
}

/** The file is named by what was measured and when. @returns its path */
export async function writeReport<R>(dir: string, made: Report<R>): Promise<string> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${made.what}-${made.date.replaceAll(/[-:]|\.\d+/g, "")}.json`);
  const { tables: _, ...figures } = made;
  await writeFileAtomic(path, `${JSON.stringify(figures, undefined, 2)}\n`);
  return path;
}

/** A processor busy with something else makes every figure a guess. */
const BUSY = 0.5;

/** @returns what a reader of the figures must know, one line each */
export function warningsOf<R>({ loadBefore, machine }: Report<R>): string[] {
  if (loadBefore <= BUSY) return [];
  return [
    `the machine was busy with other things (load ${loadBefore.toFixed(1)} on ${machine.cores} processors): the figures are too high`,
  ];
}
