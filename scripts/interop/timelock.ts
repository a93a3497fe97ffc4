/**
 * Timelocked weights against Bittensor's own clients: what they seal we open and decode, what we seal they open, with
 * the pulse that drand published for round 1000; and for a subnet in any state both choose the same round.
 * Nothing here asks the network for a pulse.
 * @module
 */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { QUICKNET } from "../../chain/timelock/beacon.ts";
import { type EpochState, firstRevealBlock } from "../../chain/timelock/epoch-schedule.ts";
import { modularFirstRevealBlock } from "../../chain/timelock/modular-schedule.ts";
import { revealRound } from "../../chain/timelock/reveal-round.ts";
import { ScaleReader, u64, vecU8 } from "../../chain/timelock/scale.ts";
import { open, seal } from "../../chain/timelock/seal.ts";
import {
  decodeWeightsPayload,
  encodeWeightsPayload,
  type WeightsPayload,
} from "../../chain/timelock/weights-payload.ts";
import type { Check } from "./check.ts";
import { python, runPython } from "./venv.ts";

const ROUND = 1_000;
const PULSE =
  "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39";

/** The two that commit weights today; the second is what the SDK calls. */
const CLIENTS = [
  {
    packages: ["bittensor-drand==2.0.0"],
    module: "bittensor_drand",
    against: "bittensor-drand 2.0.0",
  },
  { packages: ["bittensor==11.3.0"], module: "bittensor_core", against: "bittensor 11.3.0" },
] as const;
type Client = (typeof CLIENTS)[number];

/** The last with the schedule that chains before spec 420 keep. */
const MODULAR = { packages: ["bittensor-drand==1.3.0"], against: "bittensor-drand 1.3.0" };

const payload: WeightsPayload = {
  hotkey: Uint8Array.from(randomBytes(32)),
  uids: Array.from({ length: 256 }, (_, uid) => uid),
  values: Array.from({ length: 256 }, (_, uid) => 65_535 - 255 * uid),
  versionKey: 2n ** 64n - 1n,
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytesOf = (text: unknown): Uint8Array => Uint8Array.from(Buffer.from(String(text), "hex"));

function mustEqual(what: string, ours: unknown, theirs: unknown): void {
  if (!isDeepStrictEqual(ours, theirs)) {
    const show = (value: unknown): string =>
      value instanceof Uint8Array ? hex(value) : `${value}`;
    throw new Error(`${what}: expected ${show(theirs)}, got ${show(ours)}`);
  }
}

async function theyOpenOurs({ packages, module }: Client): Promise<void> {
  const message = encodeWeightsPayload(payload);
  // Outside of the chain they carry the round along: SCALE of {seal Vec<u8>, round u64}.
  const envelope = Buffer.concat([vecU8(seal(message, ROUND, QUICKNET)), u64(BigInt(ROUND))]);
  const code = `
import json, sys, ${module} as timelock
given = json.load(sys.stdin)
print(json.dumps(timelock.decrypt_with_signature(bytes.fromhex(given["envelope"]), given["pulse"]).hex()))`;
  const opened = await runPython(await python(packages), code, {
    envelope: hex(envelope),
    pulse: PULSE,
  });
  mustEqual("what they opened", bytesOf(opened), message);
}

async function weOpenTheirs({ packages, module }: Client): Promise<void> {
  const message = Uint8Array.from(randomBytes(500));
  const code = `
import json, sys, ${module} as timelock
given = json.load(sys.stdin)
print(json.dumps(timelock.encrypt_at_round(bytes.fromhex(given["message"]), given["round"])[0].hex()))`;
  const given = { message: hex(message), round: ROUND };
  const envelope = new ScaleReader(bytesOf(await runPython(await python(packages), code, given)));
  const sealed = envelope.vecU8();
  mustEqual("the round beside it", envelope.u64(), BigInt(ROUND));
  envelope.end();
  mustEqual("the length of a seal", sealed.length, seal(message, ROUND, QUICKNET).length);
  mustEqual("what we opened", open(sealed, Buffer.from(PULSE, "hex")), message);
}

async function weOpenTheirCommit({ packages, module }: Client): Promise<void> {
  // They seal to a round in the future only, unless time runs backwards: so long is a block that the reveal, 63 blocks
  // from now, falls into the middle of round 1000.
  const code = `
import json, sys, time, ${module} as timelock
given = json.load(sys.stdin)
block_time = (${QUICKNET.genesisSeconds} + ${ROUND} * 3 + 1.5 - time.time()) / 63
commit, round = timelock.get_encrypted_commit_v2(
    given["uids"], given["values"], int(given["version_key"]), 100, 0, 7, 60, 0, 100, 1, block_time, bytes.fromhex(given["hotkey"]))
print(json.dumps([commit.hex(), round]))`;
  const { hotkey = new Uint8Array(), uids, values, versionKey } = payload;
  const given = { uids, values, version_key: String(versionKey), hotkey: hex(hotkey) };
  const [commit, round] = (await runPython(await python(packages), code, given)) as [
    string,
    number,
  ];
  mustEqual("the round", round, ROUND);
  const decoded = decodeWeightsPayload(open(bytesOf(commit), Buffer.from(PULSE, "hex")));
  mustEqual(
    "the weights of their commit",
    JSON.stringify(plain(decoded)),
    JSON.stringify(plain(payload)),
  );
}

function plain({ hotkey, versionKey, ...rest }: WeightsPayload): unknown {
  return { ...rest, hotkey: hotkey && hex(hotkey), versionKey: String(versionKey) };
}

/** Long enough that a block more or less cannot hide behind the time a call takes. */
const BLOCK_SECONDS = 60;

/** Whether a round chosen at some moment between two is ours for one of them. */
function mustBeBetween(
  what: string,
  [before, round, after]: readonly [number, number, number],
  ours: (nowMs: number) => number,
): void {
  const [first, last] = [ours(before * 1_000), ours(after * 1_000)];
  if (round < first || round > last) {
    throw new Error(`${what}: they chose round ${round}, we ${first} to ${last}`);
  }
}

function randomBelow(limit: number): number {
  return randomBytes(4).readUInt32LE() % limit;
}

async function sameRounds({ packages, module }: Client): Promise<void> {
  const subnets = Array.from({ length: 400 }, () => {
    const head = 10_000 + randomBelow(1_000);
    const state: EpochState = {
      lastEpochBlock: head - randomBelow(500),
      pendingEpochAt: randomBelow(3) === 0 ? head - 5 + randomBelow(100) : 0,
      subnetEpochIndex: randomBelow(1_000),
      tempo: 1 + randomBelow(400),
      blocksSinceLastStep: randomBelow(500),
      head,
    };
    return { state, period: 1 + randomBelow(4) };
  });
  const code = `
import json, sys, time, ${module} as timelock
rounds = []
for subnet in json.load(sys.stdin):
    s = subnet["state"]
    before = time.time()
    round = timelock.get_encrypted_commit_v2([1], [1], 0, s["lastEpochBlock"], s["pendingEpochAt"], s["subnetEpochIndex"],
        s["tempo"], s["blocksSinceLastStep"], s["head"], subnet["period"], ${BLOCK_SECONDS}.0, bytes(32))[1]
    rounds.append([before, round, time.time()])
print(json.dumps(rounds))`;
  const theirs = (await runPython(await python(packages), code, subnets)) as [
    number,
    number,
    number,
  ][];
  mustEqual("how many", theirs.length, subnets.length);
  for (const [i, { state, period }] of subnets.entries()) {
    const block = firstRevealBlock(state, period);
    const moment = theirs[i];
    if (block === undefined || moment === undefined) throw new Error("a subnet without a reveal");
    mustBeBetween(JSON.stringify({ state, period }), moment, (nowMs) =>
      revealRound(QUICKNET, {
        firstRevealBlock: block,
        head: state.head,
        blockMs: BLOCK_SECONDS * 1_000,
        nowMs,
      }),
    );
  }
}

async function sameModularRounds(): Promise<void> {
  const subnets = Array.from({ length: 400 }, () => ({
    netuid: randomBelow(130),
    tempo: 1 + randomBelow(400),
    block: 10_000 + randomBelow(1_000),
    period: 1 + randomBelow(4),
  }));
  const code = `
import json, sys, time, bittensor_drand as timelock
rounds = []
for s in json.load(sys.stdin):
    before = time.time()
    round = timelock.get_encrypted_commit([1], [1], 0, s["tempo"], s["block"], s["netuid"], s["period"], ${BLOCK_SECONDS}.0, bytes(32))[1]
    rounds.append([before, round, time.time()])
print(json.dumps(rounds))`;
  const interpreter = await python(MODULAR.packages);
  const theirs = (await runPython(interpreter, code, subnets)) as [number, number, number][];
  mustEqual("how many", theirs.length, subnets.length);
  for (const [i, subnet] of subnets.entries()) {
    // Their block is the one of the commit, ours the one before.
    const block = modularFirstRevealBlock(subnet, subnet.block - 1, subnet.period);
    const moment = theirs[i];
    if (block === undefined || moment === undefined) throw new Error("a subnet without a reveal");
    mustBeBetween(JSON.stringify(subnet), moment, (nowMs) =>
      revealRound(QUICKNET, {
        firstRevealBlock: block,
        head: subnet.block,
        blockMs: BLOCK_SECONDS * 1_000,
        nowMs,
      }),
    );
  }
}

export const checks: readonly Check[] = [
  ...CLIENTS.flatMap((client): Check[] => [
    {
      name: "they open what we seal",
      against: client.against,
      run: () => theyOpenOurs(client),
    },
    {
      name: "we open what they seal",
      against: client.against,
      run: () => weOpenTheirs(client),
    },
    {
      name: "we open and decode a commit of theirs",
      against: client.against,
      run: () => weOpenTheirCommit(client),
    },
    {
      name: "both choose the same round, for 400 subnets",
      against: client.against,
      run: () => sameRounds(client),
    },
  ]),
  {
    name: "both choose the same round on chains before spec 420",
    against: MODULAR.against,
    run: sameModularRounds,
  },
];
