/**
 * Cases: weights that are set at once, and who may set them.
 * @module
 */
import assert from "node:assert/strict";
import type { Case, FullWorld, Member } from "./world.ts";
import {
  freshKey,
  neuronOf,
  newMember,
  newValidator,
  pass,
  refuses,
  signsNothing,
  until,
  whileHeld,
} from "./world.ts";

export const WEIGHTS: readonly Case[] = [
  {
    name: "sets weights, which stand upscaled to 65535, and not again too early",
    needs: ["treasury"],
    commitReveal: "off",
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, uid } = await newValidator(world);
      const other = uid === 0 ? 1 : 0;
      const weights = [
        [uid, 1],
        [other, 4],
      ] as const;
      const set = await chain.setWeights(netuid, weights, hotkey);
      assert.equal(set.way, "set");
      const neuron = await neuronOf(world, hotkey.hotkey);
      assert.deepEqual(
        new Map(neuron?.weights),
        new Map([
          [uid, 16_384],
          [other, 65_535],
        ]),
      );
      assert.equal(neuron?.lastUpdate, set.block.number);

      const { weightsRateLimit } = await chain.epochInfo(netuid);
      if (weightsRateLimit <= 2) return;
      await whileHeld(world, async () => {
        await signsNothing(world, hotkey.hotkey, () =>
          refuses("WEIGHTS_TOO_EARLY", () => chain.setWeights(netuid, weights, hotkey)),
        );
        const draft = await chain.draft({ kind: "setWeights", netuid, weights }, hotkey.hotkey);
        assert.equal(draft.obstacles.length, 1);
        await refuses(["SettingWeightsTooFast", "RateLimitExceeded"], () =>
          chain.submit(plainCall(netuid, [uid], [1]), hotkey),
        );
      });
      if (weightsRateLimit > 20) return;
      await pass(world, weightsRateLimit);
      assert.equal((await chain.setWeights(netuid, [[uid, 1]], hotkey)).way, "set");
    },
  },
  {
    name: "refuses weights of a member without a permit and of a stranger, but not a member's of itself",
    needs: ["treasury"],
    commitReveal: "off",
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, uid } = await newMember(world);
      const other = uid === 0 ? 1 : 0;
      await signsNothing(world, hotkey.hotkey, () =>
        refuses("NeuronNoValidatorPermit", () => chain.setWeights(netuid, [[other, 1]], hotkey)),
      );
      await refuses("HotKeyNotRegisteredInSubNet", () =>
        chain.setWeights(netuid, [[other, 1]], freshKey()),
      );
      await refuses(
        ["NotEnoughStakeToSetWeights", "StakeAmountTooLow", "NeuronNoValidatorPermit"],
        () => chain.submit(plainCall(netuid, [other], [1]), hotkey),
      );
      const draft = await chain.draft(
        { kind: "setWeights", netuid, weights: [[uid, 1]] },
        hotkey.hotkey,
      );
      assert.ok(!draft.obstacles.some((obstacle) => obstacle.includes("NeuronNoValidatorPermit")));
    },
  },
  {
    name: "refuses weights of uids that are not there, and malformed ones",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, uid } = await newValidator(world);
      await signsNothing(world, hotkey.hotkey, async () => {
        await refuses("UidVecContainInvalidOne", () =>
          chain.setWeights(
            netuid,
            [
              [uid, 1],
              [60_000, 1],
            ],
            hotkey,
          ),
        );
        await refuses("DuplicateUids", () =>
          chain.setWeights(
            netuid,
            [
              [uid, 1],
              [uid, 1],
            ],
            hotkey,
          ),
        );
        await refuses("MALFORMED_WEIGHTS", () => chain.setWeights(netuid, [[uid, -1]], hotkey));
      });
    },
  },
  {
    name: "refuses weights of a validator that lost its permit with its stake",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, coldkey, uid } = await newValidator(world);
      const stake = (await neuronOf(world, hotkey.hotkey))?.stake ?? 0n;
      await chain.removeStake(netuid, hotkey.hotkey, (stake * 999n) / 1000n, coldkey);
      await until(world, async () => {
        return (await neuronOf(world, hotkey.hotkey))?.validatorPermit === false;
      });
      await signsNothing(world, hotkey.hotkey, () =>
        refuses("NeuronNoValidatorPermit", () => chain.setWeights(netuid, others(uid), hotkey)),
      );
    },
  },
  {
    name: "conforms weights to the subnet's limits, and refuses what cannot be",
    needs: ["treasury", "root"],
    commitReveal: "off",
    async run(world) {
      const { chain, netuid } = world;
      const validator = await newValidator(world);
      await withLeastWeights(world, 2, async () => {
        await refuses("WeightVecLengthIsLow", () =>
          chain.setWeights(netuid, others(validator.uid), validator.hotkey),
        );
        const enough = [...others(validator.uid), [validator.uid, 0]] as const;
        await chain.setWeights(netuid, enough, validator.hotkey);
        const { weights } = (await neuronOf(world, validator.hotkey.hotkey)) ?? {};
        assert.equal(weights?.length, 2);
      });
    },
  },
  {
    name: "gives weights the subnet's version key, and is refused by name with an older one",
    needs: ["treasury", "root"],
    commitReveal: "off",
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, uid } = await newValidator(world);
      const before = (await chain.epochInfo(netuid)).weightsVersionKey;
      await setVersionKey(world, before + 7n);
      try {
        const draft = await chain.draft(
          { kind: "setWeights", netuid, weights: others(uid) },
          hotkey.hotkey,
        );
        assert.equal(draft.args["version_key"], before + 7n);
        await refuses("IncorrectWeightVersionKey", () =>
          chain.submit(plainCall(netuid, [uid === 0 ? 1 : 0], [1], before), hotkey),
        );
        await chain.setWeights(netuid, others(uid), hotkey);
      } finally {
        await setVersionKey(world, before);
      }
    },
  },
];

/** Somebody else's uid: there always is the owner's. */
function others(uid: Member["uid"]): readonly (readonly [number, number])[] {
  return [[uid === 0 ? 1 : 0, 1]];
}

function plainCall(
  netuid: number,
  dests: readonly number[],
  weights: readonly number[],
  versionKey = 0n,
) {
  return {
    pallet: "SubtensorModule",
    call: "set_weights",
    args: { netuid, dests, weights, version_key: versionKey },
  };
}

async function setVersionKey({ chain, netuid, root }: FullWorld, key: bigint): Promise<void> {
  await chain.sudo(
    {
      pallet: "AdminUtils",
      call: "sudo_set_weights_version_key",
      args: { netuid, weights_version_key: key },
    },
    root,
  );
}

async function withLeastWeights(
  { chain, netuid, root }: FullWorld,
  count: number,
  use: () => Promise<void>,
): Promise<void> {
  const { minAllowedWeights } = await chain.epochInfo(netuid);
  const set = (min_allowed_weights: number) =>
    chain.sudo(
      {
        pallet: "AdminUtils",
        call: "sudo_set_min_allowed_weights",
        args: { netuid, min_allowed_weights },
      },
      root,
    );
  await set(count);
  try {
    await use();
  } finally {
    await set(minAllowedWeights);
  }
}
