/**
 * From nothing to a seat on a local chain in one call: tokens from the well-known development account, registration,
 * stake. On any other chain tokens are somebody's money, so there it refuses.
 * @module
 */
import type { Hotkey, Signer } from "../chain.ts";
import { ChainError } from "../error.ts";
import { devSigner } from "../wallet/key.ts";
import { EXISTENTIAL_DEPOSIT, FEE } from "./apply.ts";
import type { LocalChainClient } from "./client.ts";

export interface OnboardOptions {
  readonly netuid: number;
  readonly coldkey: Signer;
  readonly hotkey: Hotkey;
  /** Stake that the hotkey shall have at least. Default 0, enough for a miner. */
  readonly stakeRao?: bigint;
}

/**
 * May be called again: what is there already is not paid twice.
 * @returns the uid
 * @throws ChainError `NOT_LOCAL`, or the chain's name of a refusal
 */
export async function onboard(
  chain: LocalChainClient,
  { netuid, coldkey, hotkey, stakeRao = 0n }: OnboardOptions,
): Promise<number> {
  if (!chain.isLocal) {
    throw new ChainError(
      "NOT_LOCAL",
      `the chain that began at ${chain.genesisHash} is not a local chain`,
      "Fund, register and stake with btcli; Assay touches no coldkey outside a local chain.",
    );
  }
  const { neurons } = await chain.metagraph(netuid);
  const seat = neurons.find((neuron) => neuron.hotkey === hotkey);
  const missingStake = stakeRao - (seat?.stake ?? 0n);

  const price = seat === undefined ? (await chain.registrationCost(netuid)) + FEE : 0n;
  const stakePrice = missingStake > 0n ? missingStake + FEE : 0n;
  const needed = price + stakePrice;
  if (needed > 0n) {
    // Whatever the coldkey holds: another call for another hotkey may be counting on that.
    await chain.transfer(coldkey.hotkey, needed + EXISTENTIAL_DEPOSIT, devSigner("//Alice"));
  }

  const uid = seat?.uid ?? (await chain.register(netuid, hotkey, coldkey));
  if (missingStake > 0n) await chain.addStake(netuid, hotkey, missingStake, coldkey);
  return uid;
}
