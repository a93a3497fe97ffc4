/**
 * The circuits that are measured, in two kinds and several sizes. `p`: a chain of Poseidon hashes, nearly every wire an
 * element of full size. `d`: a dense network, nearly every wire 0 or 1. The number is the power of two that the rows
 * fill. p14, p16, d16 and d18 are the circuits that the tables of docs/benchmarks.md speak of.
 * @module
 */
import {
  FULL_ROUNDS,
  PARTIAL_ROUNDS,
  type PoseidonConstants,
  poseidonConstants,
} from "./poseidon-constants.ts";

export interface BenchCircuit {
  readonly name: string;
  readonly power: number;
  readonly source: string;
  /** The template beside this file that the source includes. */
  readonly template: string;
  readonly inputs: Readonly<Record<string, readonly bigint[]>>;
}

/** Name to links of the chain: 240 rows each. */
const CHAINS: ReadonlyMap<string, number> = new Map([
  ["p8", 1],
  ["p10", 4],
  ["p12", 17],
  ["p14", 68],
  ["p16", 273],
]);

/** Name to width and hidden layers: 8 rows for each input, 31 for each activation, of which the last layer has ten. */
const NETWORKS: ReadonlyMap<string, readonly [width: number, layers: number]> = new Map([
  ["d9", [2, 1]],
  ["d12", [16, 7]],
  ["d14", [32, 15]],
  ["d16", [64, 32]],
  ["d18", [128, 65]],
]);

/** Bits of an accumulator, and how many of them a layer drops. */
const ACCUMULATOR_BITS = 24;
const SHIFT = 9;

export const CIRCUIT_NAMES: readonly string[] = [...CHAINS.keys(), ...NETWORKS.keys()];

export function findCircuit(name: string): BenchCircuit | undefined {
  const power = Number(name.slice(1));
  const length = CHAINS.get(name);
  if (length !== undefined) return { name, power, ...chain(length) };
  const shape = NETWORKS.get(name);
  return shape === undefined ? undefined : { name, power, ...network(...shape) };
}

type Definition = Pick<BenchCircuit, "source" | "template" | "inputs">;

function chain(length: number): Definition {
  const template = "poseidon-chain.circom";
  return {
    template,
    source: program(template, `PoseidonChain(${[length, ...poseidon(poseidonConstants())]})`),
    inputs: { seed: [7n], key: [1n, 22n, 333n, 4444n] },
  };
}

function poseidon({ roundConstants, mix }: PoseidonConstants): readonly (string | number)[] {
  const list = (values: readonly unknown[]): string => `[${values.join(", ")}]`;
  return [FULL_ROUNDS, PARTIAL_ROUNDS, list(roundConstants), list(mix.map(list))];
}

function network(width: number, layers: number): Definition {
  const template = "network.circom";
  const main = `Network(${width}, ${layers}, ${ACCUMULATOR_BITS}, ${SHIFT})`;
  // Bytes without a pattern that a layer could follow: multiples of an odd number mod 251, a prime.
  const x = Array.from({ length: width }, (_, i) => BigInt((97 * i + 41) % 251));
  return { template, source: program(template, main), inputs: { x } };
}

function program(template: string, main: string): string {
  return `pragma circom 2.1.0;\ninclude "${template}";\ncomponent main = ${main};\n`;
}
