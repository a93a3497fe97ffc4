/**
 * The native core as JavaScript sees it: the file that cargo built, loaded once, and the shapes of what its door
 * (src/node/) takes and gives. Points cross as bytes, big-endian, x before y and c1 before c0 (EIP-197's order);
 * field elements of signals and witnesses as 32 bytes little-endian, plain.
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ProofError } from "../error.ts";
import type { Rejection } from "../rejection.ts";

/** Must be the door's own CONTRACT: an addon of other sources is not used. */
const CONTRACT = 2;

/** Built for this machine by this machine: it stands beside this file, in the sources as in dist/. */
export const ADDON_PATH: string = fileURLToPath(
  new URL(`./assay-native.${process.platform}-${process.arch}.node`, import.meta.url),
);

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What went wrong in the native core, in place of a value. */
export interface Failure {
  readonly failed: Fault;
}
export type Outcome<T> = T | Failure;

/** Raised once, seen by the native threads between two stages. */
export interface Stop {
  raise(): void;
}

export interface Processor {
  readonly form: "ifma" | "mulx" | "plain";
  /** Every form that runs here, the slowest first. */
  readonly forms: readonly Processor["form"][];
}

export interface KeyOptions {
  /** Bytes that the tables of the key may take; 0 for none. */
  readonly tableBytes?: number;
  /** A folder that keeps tables from one run to the next: whoever can write there can make proofs fail, not pass. */
  readonly cacheDir?: string;
}

/** A proving key, open. What is asked of it after `close` fails; what was asked before is answered. */
export interface ProvingKey {
  prove(
    witness: Uint8Array | CompactWitness,
    threads: number,
    stop: Stop,
  ): Promise<Outcome<MadeProof>>;
  /** Builds tables for what witnesses like this one have at full size: later proofs of such are faster. */
  learn(witness: Uint8Array | CompactWitness): Promise<Outcome<null>>;
  /** Beside the pages of the file itself, which the system takes back when it needs them. */
  memoryBytes(): number;
  /** Why its tables could not be kept in `cacheDir`; null when they are. The key proves all the same. */
  cacheFault(): Fault | null;
  close(): void;
}

/** As SmallWitness, with the wires of full size and their 32 bytes each side by side. */
export interface CompactWitness {
  readonly values: Int32Array;
  readonly fullWires: Uint32Array;
  readonly fullValues: Uint8Array;
}

export interface MadeProof {
  /** 256 bytes. */
  readonly proof: Uint8Array;
  readonly publicSignals: Uint8Array;
  readonly stages: readonly { readonly name: string; readonly ms: number }[];
}

/** A verification key, decoded and prepared for pairings. */
export interface VerifyingKey {
  readonly __brand: "VerifyingKey";
}

export interface NativeClaim {
  readonly key: VerifyingKey;
  readonly publicSignals: Uint8Array;
  /** 128 bytes as they travel, or 256 of points. */
  readonly proof: Uint8Array;
}

/** How a step of a ceremony is watched and stopped. */
export type OnProgress = (step: { readonly line: string; readonly done: number }) => void;

/** The file that a step writes is whole or not there. A hash is the 64 bytes that a participant publishes. */
interface CeremonySteps {
  newPowersOfTau(step: { power: number; out: string }, ...control: Control): Promise<Outcome<null>>;
  contributeToPowersOfTau(
    step: Contribute,
    ...control: Control
  ): Promise<Outcome<NativeContribution>>;
  applyBeaconToPowersOfTau(
    step: ApplyBeacon,
    ...control: Control
  ): Promise<Outcome<NativeContribution>>;
  preparePhase2(step: { from: string; out: string }, ...control: Control): Promise<Outcome<null>>;
  verifyPowersOfTau(step: { file: string }, ...control: Control): Promise<Outcome<Chain>>;
  newKey(
    step: { r1cs: string; powersOfTau: string; out: string },
    ...control: Control
  ): Promise<Outcome<null>>;
  contributeToKey(step: Contribute, ...control: Control): Promise<Outcome<NativeContribution>>;
  applyBeaconToKey(step: ApplyBeacon, ...control: Control): Promise<Outcome<NativeContribution>>;
  verifyKey(
    step: { r1cs: string; powersOfTau: string; key: string },
    ...control: Control
  ): Promise<Outcome<Chain>>;
  /** As keyToBytes of points.ts writes it. */
  exportVerificationKey(
    step: { key: string },
    ...control: Control
  ): Promise<Outcome<Uint8Array | Rejection>>;
  developmentPowersOfTau(
    step: { power: number; out: string },
    ...control: Control
  ): Promise<Outcome<readonly NativeContribution[]>>;
}

export type Control = [stop: Stop, onProgress: OnProgress];
type Contribute = { readonly from: string; readonly out: string; readonly name: string };
type ApplyBeacon = Contribute & { readonly beacon: NativeBeacon };
/** Either what was refused, or who took part. */
export type Chain =
  | Rejection
  | { readonly contributions: readonly NativeContribution[]; readonly published?: string };

export interface NativeBeacon {
  readonly hash: Uint8Array;
  readonly iterationsExp: number;
}

export interface NativeContribution {
  readonly name: string;
  readonly hash: Uint8Array;
  /** Absent for a person's. */
  readonly beacon?: NativeBeacon;
}

export interface Addon extends CeremonySteps {
  contract(): number;
  processor(): Outcome<Processor>;
  readonly Stop: new () => Stop;

  openProvingKey(path: string, options: KeyOptions): Promise<Outcome<ProvingKey>>;
  openVerifyingKey(key: Uint8Array): Outcome<VerifyingKey | Rejection>;
  /** In the order of the claims; null for one that holds. */
  verify(claims: readonly NativeClaim[]): Promise<Outcome<readonly (Rejection | null)[]>>;
}

export function isFailure<T>(outcome: Outcome<T>): outcome is Failure {
  return typeof outcome === "object" && outcome !== null && "failed" in outcome;
}

/** @throws ProofError with the code that the native core gave */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (!isFailure(outcome)) return outcome;
  const { code, message, hint } = outcome.failed;
  throw new ProofError(code, message, hint);
}

type Loaded = { readonly addon: Addon } | { readonly missing: string };
let loaded: Loaded | undefined;

/** @returns the addon, or in words why there is none */
export function loadAddon(): Loaded {
  loaded ??= load();
  return loaded;
}

function load(): Loaded {
  if (!existsSync(ADDON_PATH)) return { missing: "is not built" };
  try {
    const addon = createRequire(import.meta.url)(ADDON_PATH) as Addon;
    return addon.contract() === CONTRACT ? { addon } : { missing: "is of another version" };
  } catch (error) {
    return { missing: `does not load (${(error as Error).message})` };
  }
}
