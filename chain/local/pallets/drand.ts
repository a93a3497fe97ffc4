/**
 * Drand: the pulses by which timelocked weights are opened. The local chain is its own beacon, with the scheme of
 * quicknet and a key of its own in BeaconConfig, so that what is sealed here opens by time without any network. The
 * secret is derived from a text that everybody can read below: a plaything, which hides nothing from anybody.
 *
 * The real chain stores every round that its off-chain worker fetches. Here, as a block begins, only the newest round
 * that is out at the block's time is stored, and those before it to which something is sealed that waits: signing takes
 * 5 ms, and after a pause thousands may be due. LastStoredRound is the newest round that is out, as there.
 * @module
 */
import { randomnessOf, roundAt } from "../../timelock/beacon.ts";
import { type LocalBeacon, localBeacon } from "../../timelock/local-beacon.ts";
import { sha256 } from "../../timelock/pairing.ts";
import type { Context, PalletPart } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { timelockedOf } from "./commitments.ts";

/** 2025-01-01: any time in the past will do, but it can never change, for genesis holds it. */
const GENESIS_SECONDS = 1_735_689_600;

/** The shortest that the pallet can say. With blocks of 250 ms a commit waits four blocks at most for its round. */
const PERIOD_SECONDS = 1;

const SEED = "Assay local chain: drand beacon, not a secret";

/** An hour of rounds. The real chain keeps a week of them, of three seconds each. */
const MAX_KEPT = 3_600n;

/** Signed in one block beside the newest, of 5 ms each; others come with the next second. */
const MAX_SIGNED = 8;

/** Removed in one block at most, as in the real pallet. */
const MAX_REMOVED = 100n;

const text = new TextEncoder();

export const LOCAL_BEACON: LocalBeacon = localBeacon(
  sha256(text.encode(SEED)),
  GENESIS_SECONDS,
  PERIOD_SECONDS,
);

function storePulses({ state, timestampMs, block, emit }: Context): void {
  const newest = BigInt(roundAt(LOCAL_BEACON, timestampMs));
  const last = state.get("Drand.LastStoredRound", []);
  if (newest <= last) return;
  if (last === 0n) state.put("Drand.OldestStoredRound", [], newest);
  const rounds = [...missingRounds(state, newest), newest];
  for (const round of rounds) {
    const signature = LOCAL_BEACON.sign(Number(round));
    state.put("Drand.Pulses", [round], { round, randomness: randomnessOf(signature), signature });
  }
  state.put("Drand.LastStoredRound", [], newest);
  prune(state, newest);
  state.put("Drand.NextUnsignedAt", [], block);
  emit("Drand", "NewPulse", { rounds });
}

/** Rounds before the newest that something waits for, ascending. */
function missingRounds(state: State, newest: bigint): bigint[] {
  const oldest = state.get("Drand.OldestStoredRound", []);
  return [...new Set([...roundsOfWeights(state), ...roundsOfCommitments(state)])]
    .filter((round) => round >= oldest && round < newest)
    .filter((round) => !state.has("Drand.Pulses", [round]))
    .sort((a, b) => (a < b ? -1 : 1))
    .slice(0, MAX_SIGNED);
}

function roundsOfWeights(state: State): bigint[] {
  return state
    .entries("SubtensorModule.TimelockedWeightCommits")
    .flatMap(([, commits]) => commits.map(([, , , round]) => round));
}

function roundsOfCommitments(state: State): bigint[] {
  return state.get("Commitments.TimelockedIndex", []).flatMap(([netuid, who]) => {
    const fields = state.get("Commitments.CommitmentOf", [netuid, who])?.info ?? [];
    return fields.flatMap((field) => timelockedOf(field)?.reveal_round ?? []);
  });
}

function prune(state: State, newest: bigint): void {
  const oldest = state.get("Drand.OldestStoredRound", []);
  const surplus = newest - oldest + 1n - MAX_KEPT;
  if (surplus <= 0n) return;
  const kept = oldest + (surplus < MAX_REMOVED ? surplus : MAX_REMOVED);
  for (let round = oldest; round < kept; round++) {
    if (state.has("Drand.Pulses", [round])) state.remove("Drand.Pulses", [round]);
  }
  state.put("Drand.OldestStoredRound", [], kept);
}

export const DRAND: PalletPart = {
  pallet: "Drand",
  onInitialize: storePulses,
  genesis(state) {
    // The hashes name a public network: there is none, and a client that looks for one shall not find quicknet's.
    state.put("Drand.BeaconConfig", [], {
      public_key: LOCAL_BEACON.publicKey,
      period: PERIOD_SECONDS,
      genesis_time: GENESIS_SECONDS,
      hash: sha256(text.encode(SEED), LOCAL_BEACON.publicKey),
      group_hash: sha256(LOCAL_BEACON.publicKey),
      scheme_id: text.encode("bls-unchained-g1-rfc9380"),
      metadata: text.encode("assay-local"),
    });
  },
};
