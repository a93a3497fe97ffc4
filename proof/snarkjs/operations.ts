/**
 * What a child process can be asked, and what it answers. Values cross by structured clone: bigints and byte arrays
 * stay what they are.
 * @module
 */
import type { Beacon } from "../ceremony.ts";

/** One operation: what it is given and what it gives back. */
export interface Operations {
  readonly witness: {
    readonly args: {
      readonly program: string;
      readonly inputs: Readonly<Record<string, readonly bigint[]>>;
    };
    readonly result: Uint8Array;
  };
  readonly prove: {
    readonly args: { readonly provingKey: string; readonly witness: Uint8Array };
    /** Undecoded: what comes out of the child is read as strictly as what comes from outside. */
    readonly result: {
      readonly proof: unknown;
      readonly publicSignals: unknown;
      readonly ms: number;
    };
  };
  readonly verify: {
    readonly args: {
      readonly key: unknown;
      readonly publicSignals: readonly string[];
      readonly proof: unknown;
    };
    readonly result: boolean;
  };
  readonly newPowersOfTau: {
    readonly args: { readonly power: number; readonly out: string };
    readonly result: null;
  };
  readonly contributeToPowersOfTau: Contribute;
  readonly applyBeaconToPowersOfTau: ApplyBeacon;
  readonly preparePhase2: {
    readonly args: { readonly from: string; readonly out: string };
    readonly result: null;
  };
  readonly verifyPowersOfTau: {
    readonly args: { readonly file: string };
    readonly result: Checked;
  };
  readonly newKey: {
    readonly args: { readonly r1cs: string; readonly powersOfTau: string; readonly out: string };
    readonly result: null;
  };
  readonly contributeToKey: Contribute;
  readonly applyBeaconToKey: ApplyBeacon;
  readonly verifyKey: {
    readonly args: { readonly r1cs: string; readonly powersOfTau: string; readonly key: string };
    readonly result: Checked;
  };
  readonly exportVerificationKey: {
    readonly args: { readonly key: string };
    readonly result: unknown;
  };
}

interface Contribute {
  readonly args: { readonly from: string; readonly out: string; readonly name: string };
  /** The 64-byte transcript hash. */
  readonly result: Uint8Array;
}

interface ApplyBeacon {
  readonly args: {
    readonly from: string;
    readonly out: string;
    readonly name: string;
    readonly beacon: Beacon;
  };
  readonly result: Uint8Array;
}

/** A verdict of snarkjs with what it said: the contributions stand only in its log. */
export interface Checked {
  readonly ok: boolean;
  readonly log: readonly string[];
  /** Empty also for some refusals: a contribution that does not follow is named nowhere but on the console. */
  readonly faults: readonly string[];
}

export type OperationName = keyof Operations;
export type ArgsOf<Name extends OperationName> = Operations[Name]["args"];
export type ResultOf<Name extends OperationName> = Operations[Name]["result"];

/** From parent to child. One at a time: the child answers before it is asked again. */
export interface Ask {
  readonly name: OperationName;
  readonly args: unknown;
}

/** From child to parent: any number of lines, then one result or one failure. */
export type Reply =
  | { readonly kind: "progress"; readonly line: string }
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "failure"; readonly message: string };
