/**
 * Who holds how many rao. The only code that moves, mints or burns them: the sum of all accounts is
 * the issuance before and after each of its functions. Events and errors are those of Substrate's
 * Balances pallet.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { EXISTENTIAL_DEPOSIT } from "../runtime/fees.ts";
import { type Context, DispatchFailure } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";

/** Substrate's mark of an account whose frozen and reserved parts follow the present rules. */
const PRESENT_RULES = 1n << 127n;

/** `keep-alive` leaves at least the existential deposit behind. */
export type Preservation = "keep-alive" | "allow-death";

/** @returns rao */
export function balanceOf(state: State, who: Hotkey): bigint {
  return state.get("System.Account", [who]).data.free;
}

/** @returns rao that may leave the account */
export function spendable(state: State, who: Hotkey, preservation: Preservation): bigint {
  const balance = balanceOf(state, who);
  if (preservation === "allow-death") return balance;
  return balance > EXISTENTIAL_DEPOSIT ? balance - EXISTENTIAL_DEPOSIT : 0n;
}

/**
 * @throws DispatchFailure `Token.FundsUnavailable`, `Token.NotExpendable` or `Token.BelowMinimum`
 */
export function transfer(
  context: Context,
  from: Hotkey,
  to: Hotkey,
  amount: bigint,
  preservation: Preservation,
): void {
  const { state } = context;
  checkWithdrawal(state, from, amount, preservation);
  if (amount > 0n && balanceOf(state, to) + amount < EXISTENTIAL_DEPOSIT) {
    throw new DispatchFailure({ type: "Token", value: "BelowMinimum" });
  }
  if (from === to) return;
  setBalance(context, from, balanceOf(state, from) - amount);
  setBalance(context, to, balanceOf(state, to) + amount);
  context.emit("Balances", "Transfer", { from, to, amount });
}

/**
 * Brings new rao into the world. Less than the existential deposit cannot begin an account, and is
 * not minted.
 */
export function mint(context: Context, to: Hotkey, amount: bigint): void {
  const { state } = context;
  const balance = balanceOf(state, to) + amount;
  if (amount === 0n || balance < EXISTENTIAL_DEPOSIT) return;
  changeIssuance(state, amount);
  setBalance(context, to, balance);
  context.emit("Balances", "Deposit", { who: to, amount });
}

/**
 * Takes rao out of the world.
 * @throws DispatchFailure `Token.FundsUnavailable` or
 * `Token.NotExpendable`
 */
export function burn(
  context: Context,
  from: Hotkey,
  amount: bigint,
  preservation: Preservation,
): void {
  const { state } = context;
  checkWithdrawal(state, from, amount, preservation);
  setBalance(context, from, balanceOf(state, from) - amount);
  changeIssuance(state, -amount);
  context.emit("Balances", "Burned", { who: from, amount });
}

/**
 * Takes a fee out of the world: the real chain gives it to the author of the block, who has no account here. The pool
 * has seen to it that the account lives on.
 */
export function burnFee(context: Context, who: Hotkey, fee: bigint): void {
  changeIssuance(context.state, -fee);
  setBalance(context, who, balanceOf(context.state, who) - fee);
  context.emit("Balances", "Withdraw", { who, amount: fee });
}

/**
 * Mints or burns what is missing to `balance`; less than the existential deposit counts as nothing.
 */
export function forceBalance(context: Context, who: Hotkey, balance: bigint): bigint {
  const next = balance < EXISTENTIAL_DEPOSIT ? 0n : balance;
  changeIssuance(context.state, next - balanceOf(context.state, who));
  setBalance(context, who, next);
  return next;
}

/** Writes an account of genesis. */
export function endow(state: State, who: Hotkey, amount: bigint): void {
  state.put("System.Account", [who], {
    nonce: 0,
    consumers: 0,
    providers: 1,
    sufficients: 0,
    data: { free: amount, reserved: 0n, frozen: 0n, flags: PRESENT_RULES },
  });
  changeIssuance(state, amount);
}

/** Both pallets count the issuance; here, unlike on the real chain, they never differ. */
export function changeIssuance(state: State, change: bigint): void {
  for (const item of ["Balances.TotalIssuance", "SubtensorModule.TotalIssuance"] as const) {
    state.put(item, [], state.get(item, []) + change);
  }
}

function checkWithdrawal(
  state: State,
  from: Hotkey,
  amount: bigint,
  preservation: Preservation,
): void {
  const balance = balanceOf(state, from);
  if (amount > balance) throw new DispatchFailure({ type: "Token", value: "FundsUnavailable" });
  if (preservation === "keep-alive" && balance - amount < EXISTENTIAL_DEPOSIT && amount > 0n) {
    throw new DispatchFailure({ type: "Token", value: "NotExpendable" });
  }
}

/**
 * Sets what an account holds; it begins or ends with that, and what is too little to exist is lost.
 */
function setBalance(context: Context, who: Hotkey, free: bigint): void {
  const { state } = context;
  const account = state.get("System.Account", [who]);
  if (free < EXISTENTIAL_DEPOSIT) {
    if (free > 0n) {
      changeIssuance(state, -free);
      context.emit("Balances", "DustLost", { account: who, amount: free });
    }
    if (account.providers === 0) return;
    // With its nonce, as on Substrate: a mortal extrinsic dies sooner than an account is likely to
    // come back.
    state.remove("System.Account", [who]);
    context.emit("System", "KilledAccount", { account: who });
    return;
  }
  const isNew = account.providers === 0;
  state.put("System.Account", [who], {
    ...account,
    providers: isNew ? 1 : account.providers,
    data: { ...account.data, free, flags: PRESENT_RULES },
  });
  if (!isNew) return;
  context.emit("System", "NewAccount", { account: who });
  context.emit("Balances", "Endowed", { account: who, free_balance: free });
}
