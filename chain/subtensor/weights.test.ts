import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { publicKeyOf } from "../account.ts";
import { ChainError } from "../error.ts";
import { type LocalChain, startLocalChain } from "../local/local-chain.ts";
import { LOCAL_BEACON } from "../local/pallets/drand.ts";
import { roundAt } from "../timelock/beacon.ts";
import { open } from "../timelock/seal.ts";
import { decodeWeightsPayload } from "../timelock/weights-payload.ts";
import { devSigner } from "../wallet/key.ts";
import { connectSubtensor, type SubtensorChain } from "./connect.ts";

/** Owns every subnet of the local chain, and so needs no permit. */
const ALICE = devSigner("//Alice");
const WEIGHTS = [[0, 5]] as const;
const [PLAIN, TIMELOCKED, TOO_SHORT] = [1, 2, 3];

let folder: string;
let local: LocalChain;
let chain: SubtensorChain;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assay-weights-"));
  local = await startLocalChain({
    dir: folder,
    blockMs: 60,
    subnets: [
      { tempo: 100, weightsRateLimit: 0, weightsVersionKey: 3n },
      { tempo: 100, weightsRateLimit: 0, commitReveal: true },
      { tempo: 3, weightsRateLimit: 0, commitReveal: true },
    ],
  });
  chain = await connectSubtensor(local.url);
});
afterAll(async () => {
  await chain.close();
  await local.close();
  await rm(folder, { recursive: true, force: true });
});

const draft = (netuid: number) =>
  chain.draft({ kind: "setWeights", netuid, weights: WEIGHTS }, ALICE.hotkey);

describe("weights are drafted", () => {
  test("as they stand, where commit-reveal is off", async () => {
    expect(await draft(PLAIN)).toMatchObject({
      pallet: "SubtensorModule",
      call: "set_mechanism_weights",
      args: { netuid: PLAIN, mecid: 0, dests: [0], weights: [65_535], version_key: 3n },
      obstacles: [],
    });
  });

  test("sealed until a round that is not out, where it is on", async () => {
    const { call, args, obstacles } = await draft(TIMELOCKED);
    expect(call).toBe("commit_timelocked_mechanism_weights");
    expect(obstacles).toEqual([]);
    expect(args).toMatchObject({ netuid: TIMELOCKED, mecid: 0, commit_reveal_version: 4 });
    const round = Number(z.bigint().parse(args["reveal_round"]));
    expect(round).toBeGreaterThan(roundAt(LOCAL_BEACON, await chain.chainTimeMs()));
    const sealed = Buffer.from(z.string().parse(args["commit"]).slice(2), "hex");
    expect(decodeWeightsPayload(open(sealed, LOCAL_BEACON.sign(round)))).toEqual({
      hotkey: publicKeyOf(ALICE.hotkey),
      uids: [0],
      values: [65_535],
      versionKey: 0n,
    });
    expect(() => open(sealed, LOCAL_BEACON.sign(round - 1))).toThrow(ChainError);
  });

  test("with what stands against it, where an epoch ends before the beacon's next round", async () => {
    const { obstacles } = await draft(TOO_SHORT);
    expect(obstacles.join()).toContain("are over before the beacon's next round");
    await expect(chain.setWeights(TOO_SHORT, WEIGHTS, ALICE)).rejects.toMatchObject({
      code: "EPOCH_TOO_SHORT",
    });
  });
});
