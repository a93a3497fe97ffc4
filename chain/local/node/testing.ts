/**
 * What the tests of the node stand on: a runtime of a few lines, a ledger on a folder of its own, signed extrinsics.
 * @module
 */
import { newFolder } from "../../../store/testing.ts";
import type { Signer } from "../../chain.ts";
import { devSigner } from "../../wallet/key.ts";
import { localRuntime } from "../local-runtime.ts";
import { type Draft, signExtrinsic } from "../runtime/extrinsic.ts";
import type { RuntimeCall } from "../runtime/pallet.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type ChainStore, openChainStore } from "./chain-store.ts";
import { genesisOf, Ledger } from "./ledger.ts";

export const alice: Signer = devSigner("//Alice");
export const bob: Signer = devSigner("//Bob");

export interface LedgerSetting {
  readonly runtime?: Runtime;
  readonly finalityLag?: number;
  readonly dir?: string;
}

/** @param onEnd takes what is to be done after the test */
export async function openLedger(
  onEnd: (task: () => Promise<void>) => void,
  { runtime = localRuntime(), finalityLag = 0, dir }: LedgerSetting = {},
): Promise<{ ledger: Ledger; store: ChainStore }> {
  const folder = dir ?? (await newFolder(onEnd));
  const { block, storage } = genesisOf(runtime);
  const store = openChainStore(folder, block.hash);
  onEnd(async () => store.close());
  if (store.last === undefined) store.begin(block, storage);
  return { ledger: new Ledger({ blockMs: 1_000, finalityLag }, runtime, store), store };
}

export function transfer(to: Signer, rao: bigint): RuntimeCall {
  return {
    type: "Balances",
    value: {
      type: "transfer_keep_alive",
      value: { dest: { type: "Id", value: to.hotkey }, value: rao },
    },
  };
}

export function remark(text: string): RuntimeCall {
  return {
    type: "System",
    value: { type: "remark", value: { remark: new TextEncoder().encode(text) } },
  };
}

export function signed(
  ledger: Ledger,
  call: RuntimeCall,
  draft: Draft,
  signer: Signer = alice,
): Uint8Array {
  return signExtrinsic(call, signer, draft, ledger.signing);
}
