/**
 * How the local chain begins, and the hash by which it is recognised.
 *
 * The hash covers what makes this chain a plaything: its rules' version and the development account that owns all
 * tokens. It does not cover tempo, block time or any other option, so every local chain has one genesis hash and a
 * client knows a local chain by comparing with a constant. Options are bound by the state root of block 1 instead.
 * @module
 */
import { type Digest, sha256 } from "../../store/digest.ts";
import { publicKeyOf } from "../account.ts";
import type { Hotkey } from "../chain.ts";
import { ByteWriter } from "./bytes.ts";
import type { Hyperparameters, State } from "./state.ts";

export interface Genesis {
  /** Set apart from every other chain; changes when the rules change. */
  readonly name: string;
  /** Owns the subnet and everything there is. */
  readonly endowed: Hotkey;
  readonly endowment: bigint;
}

/** Rao of one token. */
export const TOKEN = 1_000_000_000n;

/** `//Alice` of Substrate's development phrase; `devSigner("//Alice")` signs for it. */
export const DEV_ACCOUNT = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY" as Hotkey;

export const LOCAL_GENESIS: Genesis = {
  name: "assay-local/1",
  endowed: DEV_ACCOUNT,
  // As many tokens as Bittensor will ever have, so that amounts which fit there fit here.
  endowment: 21_000_000n * TOKEN,
};

export function genesisHash(genesis: Genesis): Digest {
  const name = new TextEncoder().encode(genesis.name);
  return sha256(
    new ByteWriter()
      .u8(name.length)
      .bytes(name)
      .bytes(publicKeyOf(genesis.endowed))
      .u64(genesis.endowment)
      .finish(),
  );
}

/** A chain whose block 0 has this hash is a local chain: its tokens, keys and proofs are for development. */
export const LOCAL_GENESIS_HASH: Digest = genesisHash(LOCAL_GENESIS);

const FINNEY_TEMPO = 360;
const FINNEY_WEIGHTS_RATE_LIMIT = 100;

/** Subtensor's defaults, but for what a person at one machine cannot wait for. */
export function defaultHyperparameters(tempo: number): Hyperparameters {
  return {
    tempo,
    blockEmission: TOKEN,
    burn: TOKEN / 10n,
    maxAllowedUids: 256,
    maxAllowedValidators: 64,
    // Above what a miner earns in a day, so that earning does not make it a validator.
    stakeThreshold: 1_000n * TOKEN,
    activityCutoff: 5_000,
    // The same share of an epoch as on Finney.
    weightsSetRateLimit: Math.ceil((tempo * FINNEY_WEIGHTS_RATE_LIMIT) / FINNEY_TEMPO),
    weightsVersionKey: 0n,
    minAllowedWeights: 1,
    maxWeightsLimit: 65_535,
    // 50 on Finney; here a miner that was killed may be back on another port at once.
    servingRateLimit: 0,
    kappa: 32_767,
    bondsMovingAverage: 900_000,
    bondsPenalty: 65_535,
    yuma3On: false,
    liquidAlphaOn: false,
    alphaValues: [45_875, 58_982],
    alphaSigmoidSteepness: 1_000,
  };
}

/** The state of block 0. */
export function genesisState(genesis: Genesis, netuid: number, parameters: Hyperparameters): State {
  return {
    block: 0,
    accounts: new Map([[genesis.endowed, { nonce: 0, balance: genesis.endowment }]]),
    hotkeys: new Map(),
    subnet: {
      netuid,
      owner: genesis.endowed,
      parameters,
      neurons: [],
      lastEpochBlock: 0,
      subnetEpochIndex: 0,
    },
    issued: genesis.endowment,
    burned: 0n,
  };
}
