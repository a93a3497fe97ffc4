/**
 * Extrinsics that the node itself signs, with the key that everybody knows to hold Sudo on a local chain.
 * @module
 */
import { devSigner } from "../../wallet/key.ts";
import { codeOf } from "../pallets/system.ts";
import { type Signing, signExtrinsic } from "../runtime/extrinsic.ts";
import type { RuntimeCall } from "../runtime/pallet.ts";
import type { Ledger } from "./ledger.ts";
import type { Pool } from "./pool.ts";

/** What an immortal extrinsic for the next block signs beside itself. */
export function signingOf({ runtime, state, genesisHash }: Ledger): Signing {
  const { specVersion, transactionVersion } = runtime.versionOf(state);
  return { specVersion, transactionVersion, genesisHash, birthHash: genesisHash };
}

/**
 * Raises the spec version by one, from the next block on.
 * @throws PoolRefusal
 */
export function submitUpgrade(ledger: Ledger, pool: Pool): void {
  const { state } = ledger;
  const alice = devSigner("//Alice");
  const signing = signingOf(ledger);
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
