/**
 * A subnet's TAO and what it gave for it. The subnets of the local chain use mechanism 0 (stable):
 * alpha and TAO change one for one, without fee. The TAO lies in an account of the subnet:
 *
 *   balance of the account = SubnetTAO = SubnetLocked + RAORecycledForRegistration + SubnetAlphaOut
 *
 * so that all alpha, earned or bought, can be changed back. (The real chain lets the price say what
 * alpha is worth.)
 * @module
 */
import { hotkeyOf } from "../../account.ts";
import type { Hotkey } from "../../chain.ts";
import { type Context, fail } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { mint, spendable, transfer } from "./ledger.ts";

/** Mechanism whose alpha costs one TAO. */
export const STABLE_MECHANISM = 0;

const SUBNET_ACCOUNT_PREFIX: Uint8Array = new TextEncoder().encode("modlsubtensr");

const ACCOUNT_BYTES = 32;

/** The account that FRAME derives from the pallet's id and the netuid (u16, little-endian). */
export function subnetAccount(netuid: number): Hotkey {
  const known = accounts.get(netuid);
  if (known !== undefined) return known;
  const bytes = new Uint8Array(ACCOUNT_BYTES);
  bytes.set(SUBNET_ACCOUNT_PREFIX);
  new DataView(bytes.buffer).setUint16(SUBNET_ACCOUNT_PREFIX.length, netuid, true);
  const account = hotkeyOf(bytes);
  accounts.set(netuid, account);
  return account;
}

const accounts = new Map<number, Hotkey>();

/**
 * Moves TAO from a coldkey to a subnet, but leaves the coldkey alive.
 * @returns rao that moved, at most the existential deposit fewer than asked
 * @throws DispatchFailure `InsufficientBalance`
 */
export function payIntoSubnet(
  context: Context,
  coldkey: Hotkey,
  netuid: number,
  tao: bigint,
): bigint {
  const { state } = context;
  const available = spendable(state, coldkey, "keep-alive");
  const paid = tao < available ? tao : available;
  if (paid === 0n) fail("SubtensorModule", "InsufficientBalance");
  transfer(context, coldkey, subnetAccount(netuid), paid, "keep-alive");
  changeTao(state, netuid, paid);
  return paid;
}

/** Changes TAO that was paid in to alpha: whose it is, is for the caller to say. */
export function issueAlpha(state: State, netuid: number, tao: bigint): bigint {
  state.put(
    "SubtensorModule.SubnetVolume",
    [netuid],
    state.get("SubtensorModule.SubnetVolume", [netuid]) + tao,
  );
  changeAlphaOut(state, netuid, tao);
  return tao;
}

/** Takes alpha back, and pays its TAO to a coldkey. */
export function redeemAlpha(
  context: Context,
  netuid: number,
  beneficiary: Hotkey,
  alpha: bigint,
): void {
  const { state } = context;
  changeAlphaOut(state, netuid, -alpha);
  changeTao(state, netuid, -alpha);
  state.put(
    "SubtensorModule.SubnetVolume",
    [netuid],
    state.get("SubtensorModule.SubnetVolume", [netuid]) + alpha,
  );
  transfer(context, subnetAccount(netuid), beneficiary, alpha, "allow-death");
}

/**
 * A block's emission: alpha that did not exist, and the TAO that it can be changed to. Whose it is,
 * the caller says.
 */
export function emitAlpha(context: Context, netuid: number, alpha: bigint): void {
  mint(context, subnetAccount(netuid), alpha);
  changeTao(context.state, netuid, alpha);
  changeAlphaOut(context.state, netuid, alpha);
}

/** Alpha that nobody gets: its TAO stays in the subnet's account for good. */
export function burnAlpha(state: State, netuid: number, alpha: bigint): void {
  changeAlphaOut(state, netuid, -alpha);
  const item = "SubtensorModule.RAORecycledForRegistration";
  state.put(item, [netuid], state.get(item, [netuid]) + alpha);
}

function changeTao(state: State, netuid: number, change: bigint): void {
  const tao = state.get("SubtensorModule.SubnetTAO", [netuid]);
  state.put("SubtensorModule.SubnetTAO", [netuid], tao + change);
  state.put("SubtensorModule.TotalStake", [], state.get("SubtensorModule.TotalStake", []) + change);
}

function changeAlphaOut(state: State, netuid: number, change: bigint): void {
  const alpha = state.get("SubtensorModule.SubnetAlphaOut", [netuid]);
  state.put("SubtensorModule.SubnetAlphaOut", [netuid], alpha + change);
}
