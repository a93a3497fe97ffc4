/**
 * The state as bytes: JSON with maps and fields sorted by name and every rao a decimal string, so that equal states have equal
 * bytes and one hash. It is both what the state root commits to and what is written to disk.
 * @module
 */
import { z } from "zod";
import { hotkey } from "../account.ts";
import type { Hotkey } from "../chain.ts";
import { ChainError } from "../error.ts";
import type { State } from "./state.ts";

export function encodeState(state: State): Uint8Array {
  const plain = { ...state, accounts: [...state.accounts], hotkeys: [...state.hotkeys] };
  plain.accounts.sort(byKey);
  plain.hotkeys.sort(byKey);
  return Buffer.from(JSON.stringify(plain, canonically));
}

function byKey([a]: readonly [Hotkey, unknown], [b]: readonly [Hotkey, unknown]): number {
  return a < b ? -1 : 1;
}

/** Fields in the order of their names: the order in which code happened to set them means nothing. */
function canonically(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const Count = z.number().int().nonnegative();
const U16 = z.number().int().min(0).max(65_535);
const Rao = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,38})$/)
  .transform(BigInt);
const Address = z.string().transform((text) => hotkey(text));
const SparseRow = z.array(z.tuple([U16, U16]));
// Written only when it is there: JSON has no undefined.
const EndpointField = z.strictObject({ ip: z.string(), port: U16 }).optional();

const HyperparametersSchema = z.strictObject({
  tempo: Count,
  blockEmission: Rao,
  burn: Rao,
  maxAllowedUids: Count,
  maxAllowedValidators: Count,
  stakeThreshold: Rao,
  activityCutoff: Count,
  weightsSetRateLimit: Count,
  weightsVersionKey: Rao,
  minAllowedWeights: Count,
  maxWeightsLimit: U16,
  servingRateLimit: Count,
  kappa: U16,
  bondsMovingAverage: Count,
  bondsPenalty: U16,
  yuma3On: z.boolean(),
  liquidAlphaOn: z.boolean(),
  alphaValues: z.tuple([U16, U16]),
  alphaSigmoidSteepness: Count,
});

const SeatSchema = z.strictObject({
  hotkey: Address,
  blockAtRegistration: Count,
  lastUpdate: Count,
  endpoint: EndpointField,
  servedAt: Count,
  weights: SparseRow,
  bonds: SparseRow,
  validatorPermit: z.boolean(),
  active: z.boolean(),
  consensus: U16,
  incentive: U16,
  dividends: U16,
  validatorTrust: U16,
  emission: Rao,
});

const StateSchema = z.strictObject({
  block: Count,
  accounts: z.array(z.tuple([Address, z.strictObject({ nonce: Count, balance: Rao })])),
  hotkeys: z.array(z.tuple([Address, z.strictObject({ coldkey: Address, stake: Rao })])),
  subnet: z.strictObject({
    netuid: U16,
    owner: Address,
    parameters: HyperparametersSchema,
    neurons: z.array(SeatSchema),
    lastEpochBlock: Count,
    subnetEpochIndex: Count,
  }),
  issued: Rao,
  burned: Rao,
});

/** @throws ChainError `CHAIN_DAMAGED` */
export function decodeState(bytes: Uint8Array): State {
  try {
    const plain = StateSchema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    const neurons = plain.subnet.neurons.map((seat) => ({ ...seat, endpoint: seat.endpoint }));
    return {
      ...plain,
      accounts: new Map(plain.accounts),
      hotkeys: new Map(plain.hotkeys),
      subnet: { ...plain.subnet, neurons },
    };
  } catch (cause) {
    throw new ChainError(
      "CHAIN_DAMAGED",
      "the state of the local chain on disk cannot be read",
      "Start the chain in an empty folder; the old one was edited or written by another version.",
      { cause },
    );
  }
}
