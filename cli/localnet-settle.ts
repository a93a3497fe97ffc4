/**
 * The neurons that `localnet up` seats on subnet 1: each with a wallet of its own, funded, registered, validators with
 * stake. What is there from an earlier start is used again.
 * @module
 */
import type { Chain, Hotkey } from "../chain/chain.ts";
import { onboard } from "../chain/local/onboard.ts";
import { ensureLocalWallet } from "./wallet.ts";

export const LOCAL_NETUID = 1;
/** Ten times what a miner asks of a validator by default. */
export const VALIDATOR_STAKE_RAO: bigint = 10_000n * 1_000_000_000n;

export interface Settlement {
  readonly validators: number;
  readonly miners: number;
  /** Folder of wallets. */
  readonly wallets: string;
}

export interface Settler {
  /** Of the wallet; its hotkey is `default`. */
  readonly name: string;
  readonly kind: "validator" | "miner";
  readonly hotkey: Hotkey;
  readonly uid: number;
}

export async function settle(
  chain: Chain,
  { validators, miners, wallets }: Settlement,
): Promise<readonly Settler[]> {
  const wanted = [
    ...Array.from({ length: validators }, (_, i) => ["validator", i + 1] as const),
    ...Array.from({ length: miners }, (_, i) => ["miner", i + 1] as const),
  ];
  return Promise.all(
    wanted.map(async ([kind, number]): Promise<Settler> => {
      const name = `${kind}-${number}`;
      const { hotkey, coldkey } = await ensureLocalWallet({
        ...{ "wallet.path": wallets, "wallet.name": name, "wallet.hotkey": "default" },
      });
      const uid = await onboard(chain, {
        ...{ netuid: LOCAL_NETUID, coldkey, hotkey: hotkey.hotkey },
        ...(kind === "validator" ? { stakeRao: VALIDATOR_STAKE_RAO } : {}),
      });
      return { name, kind, hotkey: hotkey.hotkey, uid };
    }),
  );
}
