/**
 * Runs blocks and judges transactions: nonce, era, signature and fee of every extrinsic, then its call in the pallets,
 * as frame_executive and the signed extensions do, in their order and with their errors.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { ChainError } from "../../error.ts";
import { apiCodec } from "./codecs.ts";
import { CORE_APIS } from "./core-apis.ts";
import { dispatchErrorOf } from "./dispatch-error.ts";
import {
  bareExtrinsic,
  birthOf,
  decodeExtrinsic,
  type Extrinsic,
  isSignatureValid,
  type SignedExtrinsic,
  withLength,
} from "./extrinsic.ts";
import { EXISTENTIAL_DEPOSIT, feeOf } from "./fees.ts";
import { encodeMetadata } from "./metadata.ts";
import { ownBytes } from "./own-bytes.ts";
import {
  type ApiMethod,
  type CallHandler,
  type Context,
  DispatchFailure,
  type Origin,
  type PalletPart,
  POOL_REFUSALS,
  type RuntimeCall,
} from "./pallet.ts";
import type { ExecutedBlock, NextBlock, Runtime, Validity } from "./runtime.ts";
import { assertExtent } from "./scale-extent.ts";
import { State } from "./state.ts";
import { versionOf } from "./version.ts";

/** Blocks whose hashes the state remembers, and so the longest life of an extrinsic; as on Substrate's chains. */
const BLOCK_HASHES = 2_400;

/** Block body: half of what a Substrate chain takes, and room for a thousand settings of weights. */
const MAX_BLOCK_BYTES = 2_500_000;

/**
 * The pool hands the same bytes in again and again, and a row of weights takes a millisecond to decode. Nobody writes
 * into the bytes of an extrinsic.
 */
const decoded = new WeakMap<Uint8Array, Extrinsic>();

function decodedOnce(bytes: Uint8Array): Extrinsic {
  const known = decoded.get(bytes);
  if (known !== undefined) return known;
  const extrinsic = decodeExtrinsic(bytes);
  decoded.set(bytes, extrinsic);
  return extrinsic;
}

/** Calls and hooks of all parts, by name. */
interface Parts {
  readonly parts: readonly PalletPart[];
  readonly handlers: ReadonlyMap<string, CallHandler>;
  readonly free: ReadonlySet<string>;
  readonly screens: ReadonlyMap<string, NonNullable<PalletPart["screens"]>[string]>;
}

/** @param blockMs what its metadata says that a block takes */
export function composeRuntime(
  parts: readonly PalletPart[],
  apis: Readonly<Record<string, ApiMethod>>,
  blockMs?: number,
): Runtime {
  const composed = gather(parts);
  const metadata = { 14: encodeMetadata(14, blockMs), 15: encodeMetadata(15, blockMs) };
  const runtime: Runtime = {
    versionOf,
    metadata: (version) => metadata[version],
    genesis(state) {
      for (const part of parts) part.genesis?.(state);
    },
    validate(state, bytes, headHash) {
      const extrinsic = decodedOnce(bytes);
      if (extrinsic.kind === "bare") return { kind: "unknown", data: "NoUnsignedValidator" };
      const number = state.get("System.Number", []) + 1;
      const context = readOnlyContext(state, number);
      return judge(composed, context, extrinsic, bytes, hashesFrom(state, number, headHash));
    },
    execute: (state, block) => new BlockRun(composed, state, block).run(),
    call(state, method, params, headHash) {
      const core = CORE_APIS[method];
      const api = apis[method];
      const [name = "", ...rest] = method.split("_");
      const codec = apiCodec(name, rest.join("_"));
      if (codec === undefined || (core === undefined && api === undefined)) {
        throw new ChainError(
          "UNKNOWN_RUNTIME_CALL",
          "the local chain has no such runtime API",
          "The metadata, version 15, lists those that it has.",
        );
      }
      let args: unknown[];
      try {
        assertExtent(params, codec.inputs);
        args = codec.args.dec(ownBytes(params));
        // The decoder takes compact numbers that are longer than need be.
        if (Buffer.compare(codec.args.enc(args), params) !== 0) throw new RangeError("other bytes");
      } catch (cause) {
        throw malformedCall(cause);
      }
      const scratch = new State({
        get: (key) => state.raw(key),
        keys: (prefix) => state.keysUnder(prefix),
      });
      if (core !== undefined) {
        const priced = (bytes: Uint8Array): bigint => {
          try {
            return priceOf(composed, withLength(bytes));
          } catch (cause) {
            throw malformedCall(cause);
          }
        };
        return core({ runtime, state: scratch, headHash, codec, feeOf: priced }, args);
      }
      const context = readOnlyContext(scratch, scratch.get("System.Number", []));
      return codec.value.enc((api as ApiMethod)(context, args as never));
    },
  };
  return runtime;
}

function gather(parts: readonly PalletPart[]): Parts {
  const handlers = new Map<string, CallHandler>();
  const free = new Set<string>();
  const screens = new Map<string, NonNullable<PalletPart["screens"]>[string]>();
  for (const part of parts) {
    for (const [name, handler] of Object.entries(part.calls ?? {})) {
      const call = `${part.pallet}.${name}`;
      if (handlers.has(call)) throw new Error(`two parts have the call ${call}`);
      handlers.set(call, handler);
    }
    for (const name of part.free ?? []) free.add(`${part.pallet}.${name}`);
    for (const [name, screen] of Object.entries(part.screens ?? {})) {
      screens.set(`${part.pallet}.${name}`, screen);
    }
  }
  return { parts, handlers, free, screens };
}

function malformedCall(cause: unknown): ChainError {
  return new ChainError(
    "MALFORMED_RUNTIME_CALL",
    "the parameters of the runtime call cannot be decoded",
    "Encode them by the metadata.",
    { cause },
  );
}

/** @param bytes an extrinsic with its length prefix @throws ChainError `MALFORMED_EXTRINSIC` */
function priceOf({ free }: Parts, bytes: Uint8Array): bigint {
  return free.has(nameOf(decodeExtrinsic(bytes).call)) ? 0n : feeOf(bytes.length);
}

type HashOf = (number: number) => string | undefined;

/** Hashes as the block after `headHash` will know them: its parent's is not in the state yet. */
function hashesFrom(state: State, number: number, headHash: string): HashOf {
  return (asked) => {
    if (asked === number - 1) return headHash;
    return state.has("System.BlockHash", [asked])
      ? state.get("System.BlockHash", [asked])
      : undefined;
  };
}

/** For questions: nothing asked through it may write. */
function readOnlyContext(state: State, block: number): Context {
  const refuse = (): never => {
    throw new Error("a question must not change the state");
  };
  const timestampMs = Number(state.get("Timestamp.Now", []));
  return { state, block, timestampMs, emit: refuse, dispatch: refuse };
}

function invalid(reason: Extract<Validity, { kind: "invalid" }>["reason"], data: string): Validity {
  return { kind: "invalid", reason, data };
}

/** The signed extensions' checks, in their order. */
function judge(
  { free, screens }: Parts,
  context: Context,
  extrinsic: SignedExtrinsic,
  bytes: Uint8Array,
  hashOf: HashOf,
): Validity {
  const { state, block } = context;
  const { signer, nonce, era, call } = extrinsic;
  const version = versionOf(state);
  const birth = birthOf(era, block);
  const birthHash = hashOf(birth);
  const genesisHash = hashOf(0);
  if (birthHash === undefined || genesisHash === undefined) {
    return invalid("ancient", "Transaction has an ancient birth block");
  }
  if (extrinsic.withMetadataHash) return invalid("call", "Transaction call is not expected");
  const isGenuine = isSignatureValid(extrinsic, {
    specVersion: version.specVersion,
    transactionVersion: version.transactionVersion,
    genesisHash,
    birthHash,
  });
  if (!isGenuine) return invalid("signature", "Transaction has a bad signature");

  const account = state.get("System.Account", [signer]);
  if (nonce < account.nonce) return invalid("stale", "Transaction is outdated");
  const fee = free.has(nameOf(call)) ? 0n : feeOf(bytes.length);
  const due = fee + extrinsic.tip;
  // A fee must not end the account of who pays it.
  if (due > 0n && account.data.free < due + EXISTENTIAL_DEPOSIT) {
    return invalid("payment", "Inability to pay some fees , e.g. account balance too low");
  }
  const refusal = screens.get(nameOf(call))?.(context, signer, call.value.value as never);
  if (refusal !== undefined) return invalid("custom", `Custom error: ${POOL_REFUSALS[refusal]}`);
  return {
    kind: "valid",
    provides: `${signer}:${nonce}`,
    requires: nonce > account.nonce ? `${signer}:${nonce - 1}` : undefined,
    lastBlock: era.period === 0 ? Number.MAX_SAFE_INTEGER : birth + era.period - 1,
  };
}

function nameOf(call: RuntimeCall): string {
  return `${call.type}.${call.value.type}`;
}

type Phase =
  | { readonly type: "ApplyExtrinsic"; readonly value: number }
  | { readonly type: "Finalization" | "Initialization" };

interface EventRecord {
  readonly phase: Phase;
  readonly event: { readonly type: string; readonly value: { type: string; value: unknown } };
  readonly topics: readonly string[];
}

/** One block in the making. */
class BlockRun {
  readonly #parts: Parts;
  readonly #state: State;
  readonly #block: NextBlock;
  readonly #body: Uint8Array[] = [];
  #events: EventRecord[] = [];
  #phase: Phase = { type: "Initialization" };
  readonly #context: Context;

  constructor(parts: Parts, state: State, block: NextBlock) {
    this.#parts = parts;
    this.#state = state;
    this.#block = block;
    this.#context = {
      state,
      block: block.number,
      timestampMs: block.timestampMs,
      emit: (pallet, event, value) => {
        this.#events.push({
          phase: this.#phase,
          event: { type: pallet, value: { type: event, value } },
          topics: [],
        });
      },
      dispatch: (call, origin) => this.#dispatch(call, origin),
    };
  }

  run(): ExecutedBlock {
    const { number, parentHash, candidates, timestampMs } = this.#block;
    this.#open(number, parentHash);
    for (const part of this.#parts.parts) part.onInitialize?.(this.#context);
    this.#bring({ type: "Timestamp", value: { type: "set", value: { now: BigInt(timestampMs) } } });

    const included: number[] = [];
    const refused: ExecutedBlock["refused"][number][] = [];
    let bytes = 0;
    for (const [index, candidate] of candidates.entries()) {
      bytes += candidate.length;
      const validity: Validity =
        bytes > MAX_BLOCK_BYTES
          ? invalid("exhausts", "Transaction would exhaust the block limits")
          : this.#apply(candidate);
      if (validity.kind === "valid") included.push(index);
      else refused.push({ index, validity });
    }
    this.#phase = { type: "Finalization" };
    for (const part of this.#parts.parts) part.onFinalize?.(this.#context);
    this.#state.put("System.Events", [], this.#events as never);
    this.#state.put("System.EventCount", [], this.#events.length);
    return { extrinsics: this.#body, included, refused };
  }

  #open(number: number, parentHash: string): void {
    const state = this.#state;
    state.put("System.Number", [], number);
    state.put("System.ParentHash", [], parentHash);
    state.put("System.BlockHash", [number - 1], parentHash);
    const forgotten = number - BLOCK_HASHES - 1;
    // The hash of genesis stays: every signature covers it.
    if (forgotten > 0) state.remove("System.BlockHash", [forgotten]);
  }

  /** What the author itself brings; it cannot fail. */
  #bring(call: RuntimeCall): void {
    this.#phase = { type: "ApplyExtrinsic", value: this.#body.length };
    this.#dispatch(call, { kind: "none" });
    this.#body.push(bareExtrinsic(call));
    this.#emitOutcome(undefined, "Mandatory", true);
  }

  #apply(bytes: Uint8Array): Validity {
    const extrinsic = decodedOnce(bytes);
    if (extrinsic.kind === "bare") return { kind: "unknown", data: "NoUnsignedValidator" };
    const { number, parentHash } = this.#block;
    const hashOf = hashesFrom(this.#state, number, parentHash);
    const validity = judge(this.#parts, this.#context, extrinsic, bytes, hashOf);
    if (validity.kind !== "valid") return validity;
    if (validity.requires !== undefined) {
      return invalid("future", "Transaction will be valid in the future");
    }
    this.#phase = { type: "ApplyExtrinsic", value: this.#body.length };
    const isFree = this.#parts.free.has(nameOf(extrinsic.call));
    this.#charge(
      extrinsic.signer,
      (isFree ? 0n : feeOf(bytes.length)) + extrinsic.tip,
      extrinsic.tip,
    );
    let failure: DispatchFailure | undefined;
    try {
      this.#dispatch(extrinsic.call, { kind: "signed", who: extrinsic.signer });
    } catch (error) {
      if (!(error instanceof DispatchFailure)) throw error;
      failure = error;
    }
    this.#body.push(bytes);
    this.#emitOutcome(failure, "Normal", !isFree);
    return validity;
  }

  #charge(who: Hotkey, fee: bigint, tip: bigint): void {
    const state = this.#state;
    const account = state.get("System.Account", [who]);
    state.put("System.Account", [who], { ...account, nonce: account.nonce + 1 });
    if (fee === 0n) return;
    for (const part of this.#parts.parts) part.charge?.(this.#context, who, fee);
    this.#context.emit("TransactionPayment", "TransactionFeePaid", { who, actual_fee: fee, tip });
  }

  /** Runs a call; when it fails, neither its writes nor its events stay. */
  #dispatch(call: RuntimeCall, origin: Origin): void {
    const handler = this.#parts.handlers.get(nameOf(call));
    if (handler === undefined) {
      throw new DispatchFailure({ type: "Module", pallet: "System", name: "CallFiltered" });
    }
    const before = this.#events.length;
    try {
      this.#state.transaction(() => handler(this.#context, origin, call.value.value as never));
    } catch (error) {
      this.#events.length = before;
      throw error;
    }
  }

  #emitOutcome(
    failure: DispatchFailure | undefined,
    dispatchClass: "Normal" | "Mandatory",
    pays: boolean,
  ): void {
    const info = {
      weight: { ref_time: 0n, proof_size: 0n },
      class: { type: dispatchClass, value: undefined },
      pays_fee: { type: pays ? "Yes" : "No", value: undefined },
    };
    if (failure === undefined) {
      this.#context.emit("System", "ExtrinsicSuccess", { dispatch_info: info });
    } else {
      const dispatch_error = dispatchErrorOf(failure);
      this.#context.emit("System", "ExtrinsicFailed", { dispatch_error, dispatch_info: info });
    }
  }
}
