/**
 * The Balances pallet: transfers, and what root may do to an account. Genesis gives all tokens to
 * //Alice.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import {
  type Context,
  DispatchFailure,
  ensureRoot,
  ensureSigned,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import {
  burn,
  burnFee,
  endow,
  forceBalance,
  type Preservation,
  spendable,
  transfer,
} from "./ledger.ts";

/** Rao of one TAO. */
export const TAO = 1_000_000_000n;

/**
 * `//Alice` of Substrate's development phrase: she holds everything and may do everything (Sudo).
 */
export const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY" as Hotkey;

/** As many tokens as Bittensor will ever have, so that amounts which fit there fit here. */
const ENDOWMENT = 21_000_000n * TAO;

/** sp_runtime::MultiAddress; only accounts can be looked up. */
export interface Address {
  readonly type: string;
  readonly value: unknown;
}

/** @throws DispatchFailure `CannotLookup` */
export function lookUp(address: Address): Hotkey {
  if (address.type === "Id") return address.value as Hotkey;
  throw new DispatchFailure({ type: "CannotLookup" });
}

interface Transfer {
  readonly dest: Address;
  readonly value: bigint;
}

function transferBy(preservation: Preservation) {
  return (context: Context, origin: Origin, { dest, value }: Transfer): void => {
    transfer(context, ensureSigned(origin), lookUp(dest), amountOf(value), preservation);
  };
}

function transferAll(
  context: Context,
  origin: Origin,
  { dest, keep_alive }: { readonly dest: Address; readonly keep_alive: boolean },
): void {
  const from = ensureSigned(origin);
  const preservation = keep_alive ? "keep-alive" : "allow-death";
  const amount = spendable(context.state, from, preservation);
  transfer(context, from, lookUp(dest), amount, preservation);
}

function forceTransfer(
  context: Context,
  origin: Origin,
  { source, dest, value }: Transfer & { readonly source: Address },
): void {
  ensureRoot(origin);
  transfer(context, lookUp(source), lookUp(dest), amountOf(value), "allow-death");
}

function forceSetBalance(
  context: Context,
  origin: Origin,
  { who, new_free }: { readonly who: Address; readonly new_free: bigint },
): void {
  ensureRoot(origin);
  const account = lookUp(who);
  const free = forceBalance(context, account, amountOf(new_free));
  context.emit("Balances", "BalanceSet", { who: account, free });
}

function burnOwn(
  context: Context,
  origin: Origin,
  { value, keep_alive }: { readonly value: bigint; readonly keep_alive: boolean },
): void {
  const preservation = keep_alive ? "keep-alive" : "allow-death";
  burn(context, ensureSigned(origin), amountOf(value), preservation);
}

/** Compact integers come as numbers when they are small. */
function amountOf(value: bigint | number): bigint {
  return BigInt(value);
}

export const BALANCES: PalletPart = {
  pallet: "Balances",
  calls: {
    transfer_allow_death: transferBy("allow-death"),
    transfer_keep_alive: transferBy("keep-alive"),
    transfer_all: transferAll,
    force_transfer: forceTransfer,
    force_set_balance: forceSetBalance,
    burn: burnOwn,
  },
  charge: burnFee,
  genesis(state) {
    endow(state, ALICE, ENDOWMENT);
  },
};
