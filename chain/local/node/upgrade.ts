/**
 * An upgrade of the runtime as clients see one: System.set_code by Sudo, whose key on a local chain everybody knows. It
 * comes into a block like any extrinsic, so that the spec version is part of the state and is rolled back with it.
 * @module
 */
import { devSigner } from "../../wallet/key.ts";
import { codeOf } from "../pallets/system.ts";
import { signExtrinsic } from "../runtime/extrinsic.ts";
import type { RuntimeCall } from "../runtime/pallet.ts";
import type { Ledger } from "./ledger.ts";
import type { Pool } from "./pool.ts";

/**
 * Raises the spec version by one, from the next block on.
 * @throws PoolRefusal
 */
export function submitUpgrade(ledger: Ledger, pool: Pool): void {
  const { state } = ledger;
  const alice = devSigner("//Alice");
  const { signing } = ledger;
  const setCode: RuntimeCall = {
    type: "System",
    value: { type: "set_code", value: { code: codeOf(signing.specVersion + 1) } },
  };
  const sudo: RuntimeCall = {
    type: "Sudo",
    value: { type: "sudo", value: { call: setCode } },
  };
  const account = state.get("System.Account", [alice.hotkey]);
  const nonce = pool.nextNonce(alice.hotkey, account.nonce);
  pool.submit(signExtrinsic(sudo, alice, { nonce }, signing));
}
