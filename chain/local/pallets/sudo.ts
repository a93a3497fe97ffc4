/**
 * The Sudo pallet: whoever holds the key may do everything. On the local chain that is //Alice,
 * whose secret everybody knows; such a chain holds nothing of worth.
 * @module
 */

import { dispatchErrorOf } from "../runtime/dispatch-error.ts";
import {
  type Context,
  DispatchFailure,
  fail,
  type Origin,
  type PalletPart,
  type RuntimeCall,
} from "../runtime/pallet.ts";
import { type Address, ALICE, lookUp } from "./balances.ts";

/** @throws DispatchFailure `Sudo.RequireSudo` unless the key or root itself asks */
function ensureKey(context: Context, origin: Origin): void {
  const isKey = origin.kind === "signed" && origin.who === context.state.get("Sudo.Key", []);
  if (origin.kind !== "root" && !isKey) fail("Sudo", "RequireSudo");
}

/** What becomes of the inner call is told by an event: the outer one succeeds either way. */
function sudo(
  context: Context,
  origin: Origin,
  { call }: { readonly call: RuntimeCall },
  as: Origin = { kind: "root" },
  event = "Sudid",
): void {
  ensureKey(context, origin);
  context.emit("Sudo", event, { sudo_result: attempt(context, call, as) });
}

function attempt(context: Context, call: RuntimeCall, as: Origin): unknown {
  try {
    context.dispatch(call, as);
  } catch (error) {
    if (!(error instanceof DispatchFailure)) throw error;
    return { success: false, value: dispatchErrorOf(error) };
  }
  return { success: true, value: undefined };
}

function sudoAs(
  context: Context,
  origin: Origin,
  { who, call }: { readonly who: Address; readonly call: RuntimeCall },
): void {
  ensureKey(context, origin);
  sudo(context, origin, { call }, { kind: "signed", who: lookUp(who) }, "SudoAsDone");
}

function setKey(context: Context, origin: Origin, args: { readonly new: Address }): void {
  ensureKey(context, origin);
  const key = lookUp(args.new);
  const old = context.state.get("Sudo.Key", []);
  context.state.put("Sudo.Key", [], key);
  context.emit("Sudo", "KeyChanged", { old, new: key });
}

function removeKey(context: Context, origin: Origin): void {
  ensureKey(context, origin);
  context.state.remove("Sudo.Key", []);
  context.emit("Sudo", "KeyRemoved");
}

export const SUDO: PalletPart = {
  pallet: "Sudo",
  // A call of Sudo costs its signer nothing.
  free: ["sudo", "sudo_unchecked_weight", "sudo_as", "set_key", "remove_key"],
  calls: {
    sudo: (context, origin, args: { readonly call: RuntimeCall }) => sudo(context, origin, args),
    sudo_unchecked_weight: (context, origin, args: { readonly call: RuntimeCall }) => {
      sudo(context, origin, args);
    },
    sudo_as: sudoAs,
    set_key: setKey,
    remove_key: removeKey,
  },
  genesis(state) {
    state.put("Sudo.Key", [], ALICE);
  },
};
