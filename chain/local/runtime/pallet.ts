/**
 * What a pallet of the local chain is: calls, checks before the pool takes one, and what it does as a block begins and
 * ends. A call that fails throws DispatchFailure, and nothing it wrote stays.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import type { State } from "./state.ts";

export type Origin =
  | { readonly kind: "root" }
  | { readonly kind: "none" }
  | { readonly kind: "signed"; readonly who: Hotkey };

/** A decoded call, as the metadata's RuntimeCall: pallet, call, and its fields by name. */
export interface RuntimeCall {
  readonly type: string;
  readonly value: { readonly type: string; readonly value: unknown };
}

export interface Context {
  readonly state: State;
  /** Number of the block that is being made. */
  readonly block: number;
  /** Milliseconds since 1970 of the block that is being made. */
  readonly timestampMs: number;
  /** Deposits an event. `value` in the form of the metadata's event type (undefined when it has no fields). */
  emit(pallet: string, event: string, value?: unknown): void;
  /** Runs another call from within one. @throws DispatchFailure */
  dispatch(call: RuntimeCall, origin: Origin): void;
}

/** The parts of sp_runtime::DispatchError that occur here. */
export type DispatchErrorValue =
  | { readonly type: "BadOrigin" | "CannotLookup" | "RootNotAllowed" | "Other" }
  | {
      readonly type: "Token";
      readonly value: "FundsUnavailable" | "BelowMinimum" | "NotExpendable";
    }
  | { readonly type: "Arithmetic"; readonly value: "Overflow" | "Underflow" }
  | { readonly type: "Module"; readonly pallet: string; readonly name: string };

export class DispatchFailure extends Error {
  readonly error: DispatchErrorValue;

  constructor(error: DispatchErrorValue) {
    super(error.type === "Module" ? `${error.pallet}.${error.name}` : error.type);
    this.name = "DispatchFailure";
    this.error = error;
  }
}

/** @throws DispatchFailure with an error of `pallet`, by its name in the metadata; `fail` never returns */
export function fail(pallet: string, name: string): never {
  throw new DispatchFailure({ type: "Module", pallet, name });
}

/** @throws DispatchFailure `BadOrigin` unless an account signed */
export function ensureSigned(origin: Origin): Hotkey {
  if (origin.kind === "signed") return origin.who;
  throw new DispatchFailure({ type: "BadOrigin" });
}

/** @throws DispatchFailure `BadOrigin` unless it is root, that is: by way of Sudo */
export function ensureRoot(origin: Origin): void {
  if (origin.kind !== "root") throw new DispatchFailure({ type: "BadOrigin" });
}

/** What the SCALE decoder made of the call's bytes: shaped as the metadata says, so no handler checks shapes again. */
export type CallHandler = (context: Context, origin: Origin, args: never) => void;

/** Subtensor's custom codes of refusals by the pool (RPC error 1010, "Custom error: N"). */
export const POOL_REFUSALS = {
  ColdkeyInSwapSchedule: 0,
  StakeAmountTooLow: 1,
  BalanceTooLow: 2,
  SubnetNotExists: 3,
  HotkeyAccountDoesntExist: 4,
  NotEnoughStakeToWithdraw: 5,
  RateLimitExceeded: 6,
  InsufficientLiquidity: 7,
  SlippageTooHigh: 8,
  TransferDisallowed: 9,
  HotKeyNotRegisteredInNetwork: 10,
  InvalidIpAddress: 11,
  ServingRateLimitExceeded: 12,
  InvalidPort: 13,
  ZeroMaxAmount: 14,
  InvalidRevealRound: 15,
  CommitNotFound: 16,
  CommitBlockNotInRevealRange: 17,
  InputLengthsUnequal: 18,
  UidNotFound: 19,
  EvmKeyAssociateRateLimitExceeded: 20,
  ColdkeySwapDisputed: 21,
  InvalidRealAccount: 22,
  FailedShieldedTxParsing: 23,
  InvalidShieldedTxPubKeyHash: 24,
  NonAssociatedColdKey: 25,
  DelegateTakeTooLow: 26,
  DelegateTakeTooHigh: 27,
  BadRequest: 255,
} as const;
export type PoolRefusal = keyof typeof POOL_REFUSALS;

/** What keeps a signed call out of the pool, as SubtensorTransactionExtension judges; undefined lets it in. */
export type Screen = (context: Context, who: Hotkey, args: never) => PoolRefusal | undefined;

/** Runs a runtime API's method. `args` in the order of the metadata's inputs; returns its output in SCALE's JS form. */
export type ApiMethod = (context: Context, args: never) => unknown;

/** Part of a pallet: one pallet may come in several files, each an idea; names must not repeat. */
export interface PalletPart {
  /** As in the metadata. */
  readonly pallet: string;
  readonly calls?: Readonly<Record<string, CallHandler>>;
  /** Calls that cost their signer no fee (Pays::No). */
  readonly free?: readonly string[];
  readonly screens?: Readonly<Record<string, Screen>>;
  onInitialize?(context: Context): void;
  onFinalize?(context: Context): void;
  /** Takes a transaction's fee, which `who` is known to have. One part of a runtime does it. */
  charge?(context: Context, who: Hotkey, fee: bigint): void;
  /** Writes what the genesis state has of it. Always the same: the genesis hash is a constant. */
  genesis?(state: State): void;
}
