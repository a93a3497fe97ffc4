/**
 * The local chain's runtime as its node sees it: bytes in, bytes out. Deterministic: a block is a function of the state
 * before it and its inherents and extrinsics.
 * @module
 */
import type { State } from "./state.ts";

/** As state_getRuntimeVersion tells it. */
export interface RuntimeVersion {
  readonly specName: string;
  readonly implName: string;
  readonly authoringVersion: number;
  readonly specVersion: number;
  readonly implVersion: number;
  readonly apis: readonly (readonly [id: string, version: number])[];
  readonly transactionVersion: number;
  readonly stateVersion: number;
}

/** What the pool may do with a transaction, in the words of sp_runtime's TransactionValidity. */
export type Validity =
  | {
      readonly kind: "valid";
      /** "who:nonce" that it provides, and the one that must come before it, if any is missing. */
      readonly provides: string;
      readonly requires: string | undefined;
      /** Last block in which it may be included. */
      readonly lastBlock: number;
    }
  | {
      /** RPC error 1010: `data` as Substrate words it, such as "Transaction is outdated" or "Custom error: 6". */
      readonly kind: "invalid";
      readonly data: string;
      /** Outcome for who watches it in the pool: `stale` may be usurped, others are simply invalid. */
      readonly reason:
        | "stale"
        | "future"
        | "ancient"
        | "payment"
        | "signature"
        | "custom"
        | "call"
        | "exhausts";
    }
  /** RPC error 1011. */
  | { readonly kind: "unknown"; readonly data: string };

export interface NextBlock {
  readonly number: number;
  /** 0x hex of 32 bytes. */
  readonly parentHash: string;
  readonly timestampMs: number;
  /** What the pool has ready, in order; each with its length prefix, as author_submitExtrinsic takes it. */
  readonly candidates: readonly Uint8Array[];
}

export interface ExecutedBlock {
  /** The block's body: inherents first, then the candidates that were included (also those whose call failed). */
  readonly extrinsics: readonly Uint8Array[];
  /** Indices of the candidates that are in the body. */
  readonly included: readonly number[];
  /** Indices of the candidates that did not enter, with the reason: dropped from the pool unless it is the next's turn. */
  readonly refused: readonly { readonly index: number; readonly validity: Validity }[];
}

export interface Runtime {
  /** Changes when the runtime is upgraded; what was signed for an older one is refused then. */
  versionOf(state: State): RuntimeVersion;
  /** SCALE bytes that begin with "meta". */
  metadata(version: 14 | 15): Uint8Array;
  /** Writes the genesis state into an empty one. */
  genesis(state: State): void;
  /**
   * Judges a transaction for the block after `state`. Writes nothing that lasts.
   * @param extrinsic with its length prefix
   * @param headHash of the block that `state` is after, 0x hex
   * @throws ChainError `MALFORMED_EXTRINSIC` (RPC error 1002)
   */
  validate(state: State, extrinsic: Uint8Array, headHash: string): Validity;
  /** Executes a block on `state`, which then is the state after it. */
  execute(state: State, block: NextBlock): ExecutedBlock;
  /**
   * A runtime API such as "SubnetInfoRuntimeApi_get_metagraph". Writes nothing that lasts.
   * @throws ChainError `UNKNOWN_RUNTIME_CALL` or `MALFORMED_RUNTIME_CALL`
   */
  call(state: State, method: string, params: Uint8Array, headHash: string): Uint8Array;
}
