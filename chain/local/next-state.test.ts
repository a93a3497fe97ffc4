import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Hotkey } from "../chain.ts";
import { devSigner } from "../wallet/key.ts";
import { FEE } from "./apply.ts";
import {
  DEV_ACCOUNT,
  defaultHyperparameters,
  genesisState,
  LOCAL_GENESIS,
  TOKEN,
} from "./genesis.ts";
import { nextState } from "./next-state.ts";
import type { RefusalName } from "./refusal.ts";
import { accountOf, type Hyperparameters, type State } from "./state.ts";
import { decodeState, encodeState } from "./state-json.ts";
import { type Call, MORTAL_BLOCKS, type Transaction } from "./transaction.ts";

const TEMPO = 5;
const alice = DEV_ACCOUNT;
const [bob, charlie, dave, eve] = ["//Bob", "//Charlie", "//Dave", "//Eve"].map(
  (path) => devSigner(path as `//${string}`).hotkey,
) as [Hotkey, Hotkey, Hotkey, Hotkey];
const LISTENING = { ip: "127.0.0.1", port: 8091 };

function transactionOf(
  state: State,
  signer: Hotkey,
  call: Call,
  over: Partial<Transaction> = {},
): Transaction {
  return { signer, nonce: accountOf(state, signer).nonce, birth: state.block, call, ...over };
}

/** One block with one transaction, which must be taken. */
function taken(state: State, signer: Hotkey, call: Call): State {
  const { state: next, refused } = nextState(state, [transactionOf(state, signer, call)]);
  expect(refused).toEqual([]);
  return next;
}

function afterBlocks(state: State, count: number): State {
  return count === 0 ? state : afterBlocks(nextState(state, []).state, count - 1);
}

function toNextEpoch(state: State): State {
  const { lastEpochBlock } = state.subnet;
  return afterBlocks(state, lastEpochBlock + TEMPO - state.block);
}

/** Bob validates and has a permit, Charlie mines; Alice is the coldkey of both. */
function seated(over: Partial<Hyperparameters> = {}): State {
  let state = genesisState(LOCAL_GENESIS, 1, { ...defaultHyperparameters(TEMPO), ...over });
  state = taken(state, alice, { call: "burned_register", netuid: 1, hotkey: bob });
  state = taken(state, alice, { call: "burned_register", netuid: 1, hotkey: charlie });
  state = taken(state, alice, {
    call: "add_stake",
    netuid: 1,
    hotkey: bob,
    amount: 2_000n * TOKEN,
  });
  return toNextEpoch(state);
}

const weigh = (uids: readonly number[], values: readonly number[], versionKey = 0n): Call => ({
  call: "set_weights",
  netuid: 1,
  uids,
  values,
  versionKey,
});

function raoOf({ accounts, hotkeys, burned }: State): bigint {
  const free = [...accounts.values()].reduce((total, { balance }) => total + balance, 0n);
  const staked = [...hotkeys.values()].reduce((total, { stake }) => total + stake, 0n);
  return free + staked + burned;
}

describe("a subnet's life", () => {
  test("stake brings a permit, weights bring emission in the epoch after", () => {
    const permitted = seated();
    expect(permitted.subnet.neurons.map((seat) => seat.validatorPermit)).toEqual([true, false]);

    const weighed = taken(permitted, bob, weigh([1], [7]));
    expect(weighed.subnet.neurons[0]?.weights).toEqual([[1, 65_535]]);

    const before = weighed.hotkeys.get(charlie)?.stake ?? 0n;
    const paid = toNextEpoch(weighed);
    const [validator, miner] = paid.subnet.neurons;
    expect(miner).toMatchObject({ incentive: 65_535, consensus: 65_535 });
    expect(validator).toMatchObject({ dividends: 65_535, validatorTrust: 65_535 });
    // 18 % are the owner's; the rest is halved between miner and validator.
    expect(miner?.emission).toBe((BigInt(TEMPO) * TOKEN * 41n) / 100n);
    expect(validator?.emission).toBe(miner?.emission);
    expect(paid.hotkeys.get(charlie)?.stake).toBe(before + (miner?.emission ?? 0n));
  });

  test("mints nothing for an empty subnet", () => {
    const empty = genesisState(LOCAL_GENESIS, 1, defaultHyperparameters(TEMPO));
    const later = afterBlocks(empty, 3 * TEMPO);
    expect(later.subnet.subnetEpochIndex).toBe(3);
    expect(later.issued).toBe(empty.issued);
  });

  test("takes a fee of coldkeys, and none for serving and weighing", () => {
    const state = seated();
    const balance = (of: State): bigint => accountOf(of, alice).balance;
    const sent = taken(state, alice, { call: "transfer", to: dave, amount: TOKEN });
    expect(balance(state) - balance(sent)).toBe(TOKEN + FEE);
    expect(accountOf(sent, dave).balance).toBe(TOKEN);

    const served = taken(sent, charlie, { call: "serve_axon", netuid: 1, endpoint: LISTENING });
    expect(served.subnet.neurons[1]?.endpoint).toEqual(LISTENING);
    expect(accountOf(served, charlie)).toEqual({ nonce: 1, balance: 0n });
  });
});

describe("a transaction is refused", () => {
  type Refused = readonly [
    name: RefusalName,
    signer: Hotkey,
    call: Call,
    parameters?: Partial<Hyperparameters>,
    over?: Partial<Transaction>,
  ];
  const pay = (amount: bigint, to: Hotkey = dave): Call => ({ call: "transfer", to, amount });
  const register = (hotkey: Hotkey, netuid = 1): Call => ({
    call: "burned_register",
    netuid,
    hotkey,
  });
  const stake = (hotkey: Hotkey, amount: bigint): Call => ({
    call: "add_stake",
    netuid: 1,
    hotkey,
    amount,
  });
  const serve = (ip: string, port: number): Call => ({
    call: "serve_axon",
    netuid: 1,
    endpoint: { ip, port },
  });
  const cases: readonly Refused[] = [
    ["Stale", alice, pay(TOKEN), {}, { nonce: 2 }],
    ["Future", alice, pay(TOKEN), {}, { nonce: 4 }],
    ["AncientBirthBlock", alice, pay(TOKEN), {}, { birth: TEMPO + 1 }],
    ["Payment", eve, pay(TOKEN)],
    ["InsufficientBalance", alice, pay(22_000_000n * TOKEN)],
    ["ExistentialDeposit", alice, pay(499n)],
    ["NotEnoughBalanceToStake", alice, stake(bob, 22_000_000n * TOKEN)],
    ["AmountTooLow", alice, stake(bob, 0n)],
    ["HotKeyAccountNotExists", alice, stake(eve, TOKEN)],
    ["SubnetNotExists", alice, register(dave, 2)],
    ["HotKeyAlreadyRegisteredInSubNet", alice, register(bob)],
    ["NoNeuronIdAvailable", alice, register(dave), { maxAllowedUids: 2 }],
    ["HotKeyNotRegisteredInNetwork", eve, serve("127.0.0.1", 80)],
    ["InvalidIpAddress", charlie, serve("0.0.0.0", 80)],
    ["InvalidPort", charlie, serve("127.0.0.1", 0)],
    ["WeightVecNotEqualSize", bob, weigh([1], [1, 2])],
    ["UidsLengthExceedUidsInSubNet", bob, weigh([0, 1, 1], [1, 1, 1])],
    ["HotKeyNotRegisteredInSubNet", eve, weigh([1], [1])],
    ["NotEnoughStakeToSetWeights", charlie, weigh([1], [1])],
    ["IncorrectWeightVersionKey", bob, weigh([1], [1], 6n), { weightsVersionKey: 7n }],
    ["SettingWeightsTooFast", bob, weigh([1], [1]), { weightsSetRateLimit: 50 }],
    ["NeuronNoValidatorPermit", charlie, weigh([0], [1]), { stakeThreshold: 0n }],
    ["DuplicateUids", bob, weigh([1, 1], [1, 1])],
    ["UidVecContainInvalidOne", bob, weigh([2], [1])],
    ["WeightVecLengthIsLow", bob, weigh([1], [1]), { minAllowedWeights: 2 }],
    ["MaxWeightExceeded", bob, weigh([0, 1], [1, 9]), { maxWeightsLimit: 40_000 }],
  ];

  const named = cases.map(([name, signer, call, parameters = {}, over = {}]) => {
    return { name, signer, call, parameters, over };
  });
  test.each(named)("as $name, and leaves no trace", ({ name, signer, call, parameters, over }) => {
    const state = seated(parameters);
    const advance = nextState(state, [transactionOf(state, signer, call, over)]);
    expect(advance.refused.map(({ refusal }) => refusal.refused)).toEqual([name]);
    expect(advance.included).toEqual([]);
    expect(encodeState(advance.state)).toEqual(encodeState(nextState(state, []).state));
  });

  test("as NonAssociatedColdKey when the hotkey is another coldkey's", () => {
    const rich = taken(seated(), alice, pay(1_000n * TOKEN));
    for (const call of [register(bob), stake(bob, TOKEN)]) {
      const { refused } = nextState(rich, [transactionOf(rich, dave, call)]);
      expect(refused.map(({ refusal }) => refusal.refused)).toEqual(["NonAssociatedColdKey"]);
    }
  });

  test("as ServingRateLimitExceeded until the blocks have passed", () => {
    const served = taken(seated({ servingRateLimit: 3 }), charlie, serve("127.0.0.1", 80));
    const again = transactionOf(served, charlie, serve("127.0.0.1", 81));
    expect(nextState(served, [again]).refused).toHaveLength(1);
    expect(nextState(afterBlocks(served, 2), [again]).refused).toEqual([]);
  });

  test("as AncientBirthBlock one block after its life, and taken in the last block of it", () => {
    const state = seated();
    const sent = transactionOf(state, alice, pay(TOKEN));
    const last = { ...state, block: state.block + MORTAL_BLOCKS - 1 };
    expect(nextState(last, [sent]).refused).toEqual([]);
    const { refused } = nextState({ ...last, block: last.block + 1 }, [sent]);
    expect(refused.map(({ refusal }) => refusal.refused)).toEqual(["AncientBirthBlock"]);
  });

  test("as Stale the second time it stands in one block", () => {
    const state = seated();
    const sent = transactionOf(state, alice, pay(TOKEN));
    const { state: next, refused } = nextState(state, [sent, sent]);
    expect(refused.map(({ refusal }) => refusal.refused)).toEqual(["Stale"]);
    expect(accountOf(next, dave).balance).toBe(TOKEN);
  });
});

describe("whatever is sent", () => {
  const anyone = fc.constantFrom(alice, bob, charlie, dave, eve);
  const anyRao = fc.oneof(
    fc.bigInt({ min: 0n, max: 2_000n }),
    fc.bigInt({ min: 0n, max: 3_000n * TOKEN }),
  );
  const anyCall: fc.Arbitrary<Call> = fc.oneof(
    fc.record({ call: fc.constant("transfer" as const), to: anyone, amount: anyRao }),
    fc.record({
      call: fc.constant("burned_register" as const),
      netuid: fc.constant(1),
      hotkey: anyone,
    }),
    fc.record({
      call: fc.constant("add_stake" as const),
      netuid: fc.constant(1),
      hotkey: anyone,
      amount: anyRao,
    }),
    fc.record({
      call: fc.constant("set_weights" as const),
      netuid: fc.constant(1),
      uids: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 2 }),
      values: fc.array(fc.nat(65_535), { minLength: 1, maxLength: 2 }),
      versionKey: fc.constant(0n),
    }),
  );
  const start = seated();

  test("every rao is somewhere, and the state is its encoding", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyone, anyCall), { maxLength: 30 }), (sent) => {
        let state = start;
        for (const [signer, call] of sent) {
          state = nextState(state, [transactionOf(state, signer, call)]).state;
          expect(raoOf(state)).toBe(state.issued);
        }
        const encoded = encodeState(state);
        expect(encodeState(decodeState(encoded))).toEqual(encoded);
      }),
    );
  });

  test("the same blocks give the same state, to the byte", () => {
    const run = (): Uint8Array =>
      encodeState(toNextEpoch(taken(seated(), bob, weigh([1, 0], [3, 1]))));
    expect(run()).toEqual(run());
  });
});
