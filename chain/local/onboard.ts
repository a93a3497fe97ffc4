/**
 * From nothing to a seat on a local chain in one call: tokens from the well-known development account, registration,
 * stake. On any other chain tokens are somebody's money, so there it refuses.
 * @module
 */
import type { Chain, Hotkey, Signer } from "../chain.ts";
import { ChainError } from "../error.ts";
import { devSigner } from "../wallet/key.ts";

export interface OnboardOptions {
  readonly netuid: number;
  readonly coldkey: Signer;
  readonly hotkey: Hotkey;
  /** Stake that the hotkey shall have at least. Default 0, enough for a miner. */
  readonly stakeRao?: bigint;
}

/**
 * Every registration raises the price of the next, and several may be under way in one block: with 256 of them, as many
 * as a subnet has seats, it rises to its maximum of 100 tokens and no further.
 */
const DEAREST_SEAT = 100n * 1_000_000_000n;

/** Fees of the two calls and what an account must keep, many times over; a local token is worth nothing. */
const CHANGE = 1_000_000_000n;

/** What epochs and rounding took from a stake is not worth a transaction, and the chain would refuse so little. */
const LEAST_STAKE = 2_000_000n;

/**
 * May be called again: what is there already is not paid twice. Calls for several hotkeys may be under way at once.
 * @returns the uid
 * @throws ChainError `NOT_LOCAL`, or the chain's name of a refusal
 */
export async function onboard(
  chain: Chain,
  { netuid, coldkey, hotkey, stakeRao = 0n }: OnboardOptions,
): Promise<number> {
  if (!chain.isLocal) throw notLocal(chain, "Register and stake with assay chain, or with btcli.");
  const { neurons } = await chain.metagraph(netuid);
  const seat = neurons.find((neuron) => neuron.hotkey === hotkey);
  // The chain lets anybody stake to anybody; whoever onboards a hotkey means their own.
  if (seat !== undefined && seat.coldkey !== coldkey.hotkey) {
    throw new ChainError(
      "NonAssociatedColdKey",
      `${hotkey} belongs to the coldkey ${seat.coldkey}, not to ${coldkey.hotkey}`,
      "Use the coldkey that registered this hotkey, or another hotkey.",
    );
  }
  const missing = stakeRao - (seat?.stake ?? 0n);
  const stake = missing < LEAST_STAKE ? 0n : missing;
  const needed = (seat === undefined ? DEAREST_SEAT : 0n) + stake;
  // Whatever the coldkey holds: another call for another hotkey may be counting on that.
  if (needed > 0n) await faucet(chain, coldkey.hotkey, needed + CHANGE);

  const uid = seat?.uid ?? (await chain.register(netuid, hotkey, coldkey, DEAREST_SEAT));
  if (stake > 0n) await chain.addStake(netuid, hotkey, stake, coldkey);
  return uid;
}

/**
 * Tokens from the development account, which has 21 million of them.
 * @throws ChainError `NOT_LOCAL`
 */
export async function faucet(chain: Chain, to: Hotkey, amountRao: bigint): Promise<void> {
  if (!chain.isLocal) throw notLocal(chain, "Only a local chain gives tokens away.");
  await chain.transfer(to, amountRao, devSigner("//Alice"));
}

function notLocal({ genesisHash }: Chain, hint: string): ChainError {
  return new ChainError(
    "NOT_LOCAL",
    `the chain that began at ${genesisHash} is not a local chain`,
    hint,
  );
}
