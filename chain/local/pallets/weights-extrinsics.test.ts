/** Weights through the whole runtime: signed, screened, included, sealed, opened, and told by a runtime call. */
import { beforeEach, expect, test } from "vitest";
import { publicKeyOf } from "../../account.ts";
import { roundAt } from "../../timelock/beacon.ts";
import { seal } from "../../timelock/seal.ts";
import { encodeWeightsPayload } from "../../timelock/weights-payload.ts";
import { devSigner } from "../../wallet/key.ts";
import { foundingExtrinsics } from "../founding.ts";
import { localRuntime } from "../local-runtime.ts";
import { apiCodec } from "../runtime/codecs.ts";
import { type Signing, signExtrinsic } from "../runtime/extrinsic.ts";
import { State } from "../runtime/state.ts";
import { LOCAL_BEACON } from "./drand.ts";

const GENESIS = `0x${"55".repeat(32)}`;
const SIGNING: Signing = {
  ...{ specVersion: 424, transactionVersion: 1, genesisHash: GENESIS, birthHash: GENESIS },
};
const BLOCK_MS = 1_000;
const TEMPO = 10;

const alice = devSigner("//Alice");
const bob = devSigner("//Bob");
const runtime = localRuntime();

let state: State;
let values: Map<string, Uint8Array>;
let number: number;
let nonce: number;

/** A subnet of Alice, whose hotkey has uid 0, and Bob's hotkey with uid 1. */
beforeEach(() => {
  values = new Map();
  state = new State({
    get: (key) => values.get(key),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  });
  number = 0;
  runtime.genesis(state);
  commit();
  const settings = { tempo: TEMPO, weightsRateLimit: 5, minAllowedWeights: 1, commitReveal: true };
  const founding = foundingExtrinsics([settings], alice, SIGNING);
  nonce = founding.length;
  execute(...founding);
  execute(sign("burned_register", { netuid: 1, hotkey: bob.hotkey }));
});

function commit(): void {
  for (const [key, bytes] of state.takeChanges()) {
    if (bytes === undefined) values.delete(key);
    else values.set(key, bytes);
  }
}

function timestampMs(block: number): number {
  return (LOCAL_BEACON.genesisSeconds + 1_000) * 1_000 + block * BLOCK_MS;
}

function hashOf(block: number): string {
  return block === 0 ? GENESIS : `0x${block.toString(16).padStart(64, "0")}`;
}

function execute(...candidates: Uint8Array[]): void {
  number += 1;
  const block = { number, parentHash: hashOf(number - 1), timestampMs: timestampMs(number) };
  expect(runtime.execute(state, { ...block, candidates }).refused).toEqual([]);
  commit();
}

function sign(type: string, value: object): Uint8Array {
  const call = { type: "SubtensorModule", value: { type, value } };
  return signExtrinsic(call, alice, { nonce: nonce++ }, SIGNING);
}

function events(): string[] {
  const records = state.get("System.Events", []) as unknown as {
    event: { type: string; value: { type: string } };
  }[];
  return records.map(({ event }) => `${event.type}.${event.value.type}`);
}

function sealed(round: number): Uint8Array {
  const hotkey = publicKeyOf(alice.hotkey);
  const payload = { hotkey, uids: [1], values: [7], versionKey: 0n };
  return seal(encodeWeightsPayload(payload), round, LOCAL_BEACON);
}

function timelocked(round: number, version = 4): object {
  const reveal = { reveal_round: BigInt(round), commit_reveal_version: version };
  return { netuid: 1, mecid: 0, commit: sealed(round), ...reveal };
}

function metagraph(): Record<string, unknown> {
  const codec = apiCodec("SubnetInfoRuntimeApi", "get_metagraph");
  const method = "SubnetInfoRuntimeApi_get_metagraph";
  const args = codec?.args.enc([1]) ?? new Uint8Array();
  const answer = runtime.call(state, method, args, hashOf(number));
  return codec?.value.dec(answer) as Record<string, unknown>;
}

test("a timelocked commit becomes weights when its time has come, and a miner's incentive", () => {
  const stake = { hotkey: alice.hotkey, netuid: 1, amount_staked: 1_000_000_000n };
  execute(sign("add_stake", stake));
  while (number % TEMPO !== 5) execute();
  const opens = number + TEMPO + 3;
  const round = roundAt(LOCAL_BEACON, timestampMs(opens));
  execute(sign("commit_timelocked_mechanism_weights", timelocked(round)));
  expect(events()).toContain("SubtensorModule.TimelockedWeightsCommitted");
  while (number < opens - 1) execute();
  expect(state.get("SubtensorModule.Weights", [1, 0])).toEqual([]);
  execute();
  expect(events()).toContain("SubtensorModule.TimelockedWeightsRevealed");
  expect(state.get("SubtensorModule.Weights", [1, 0])).toEqual([[1, 65_535]]);
  for (let i = 0; i < TEMPO; i++) execute();
  expect(metagraph()).toMatchObject({ incentives: [0, 65_535], dividends: [65_535, 0] });
});

test("the pool refuses by Subtensor's codes: a rate limit, a round that is out", () => {
  const round = roundAt(LOCAL_BEACON, timestampMs(number + 50));
  const validate = (type: string, value: object): unknown => {
    const validity = runtime.validate(state, sign(type, value), hashOf(number));
    nonce -= 1;
    return validity.kind === "invalid" ? validity.data : validity.kind;
  };
  const hash = `0x${"07".repeat(32)}`;
  for (let i = 0; i < 5; i++) execute();
  expect(validate("commit_weights", { netuid: 1, commit_hash: hash })).toBe("valid");
  execute(sign("commit_timelocked_mechanism_weights", timelocked(round)));
  expect(validate("commit_weights", { netuid: 1, commit_hash: hash })).toBe("Custom error: 6");
  const past = timelocked(roundAt(LOCAL_BEACON, timestampMs(number - 5)));
  expect(validate("commit_timelocked_mechanism_weights", past)).toBe("Custom error: 15");
  const reveal = { netuid: 1, uids: [1], values: [1], salt: [1], version_key: 0n };
  expect(validate("reveal_weights", reveal)).toBe("Custom error: 16");
});

test("plain weights are refused with the chain's error where commit-reveal is on", () => {
  const weights = { netuid: 1, dests: [1], weights: [1], version_key: 0n };
  execute(sign("set_weights", weights));
  expect(events()).toContain("System.ExtrinsicFailed");
  const value = state.get("SubtensorModule.Weights", [1, 0]);
  expect(value).toEqual([]);
});
