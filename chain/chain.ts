/**
 * What a miner, a validator and their operator need of a chain: who is registered, where they listen, what they hold,
 * which weights were set, when an epoch ends. Words and numbers are Subtensor's: rao (10^-9 of a token), u16 weights,
 * uid, tempo, hotkey and coldkey. One adapter (chain/subtensor) drives the public networks and the local chain alike.
 * @module
 */
import type { Digest } from "../store/digest.ts";

/** An account: SS58 text with prefix 42. One that works as miner or validator is an sr25519 key. */
export type Hotkey = string & { readonly __brand: "Hotkey" };

/** Who signs. The secret stays inside; only signatures come out. */
export interface Signer {
  readonly hotkey: Hotkey;
  /** Default sr25519. A coldkey may be an ed25519 key. */
  readonly scheme?: "sr25519" | "ed25519";
  /** A signature of 64 bytes: sr25519 (context "substrate"), or ed25519 where the scheme says so. */
  sign(message: Uint8Array): Uint8Array;
}

export interface Head {
  readonly number: number;
  readonly hash: Digest;
}

export interface Endpoint {
  /** Canonical text of an IPv4 or IPv6 address. */
  readonly ip: string;
  readonly port: number;
}

export interface Neuron {
  readonly uid: number;
  readonly hotkey: Hotkey;
  readonly coldkey: Hotkey;
  /** Stake that counts for consensus, in rao. */
  readonly stake: bigint;
  readonly validatorPermit: boolean;
  readonly active: boolean;
  readonly endpoint: Endpoint | undefined;
  /** Block of the last weights it set. */
  readonly lastUpdate: number;
  readonly registeredAt: number;
  /** u16 fractions of the last epoch: 65535 is one. */
  readonly incentive: number;
  readonly consensus: number;
  readonly dividends: number;
  readonly validatorTrust: number;
  /** Rao earned in the last epoch. */
  readonly emission: bigint;
  /** What it has set, as stored on chain: uid to u16, the largest scaled to 65535. */
  readonly weights: readonly (readonly [uid: number, weight: number])[];
}

export interface Metagraph {
  readonly netuid: number;
  readonly block: number;
  readonly neurons: readonly Neuron[];
}

export interface EpochInfo {
  /** Blocks from one epoch to the next. */
  readonly tempo: number;
  /** Epochs that have run. */
  readonly index: number;
  readonly lastEpochBlock: number;
  /** The first block whose beginning runs an epoch; what that block brings counts for the one after. */
  readonly nextEpochBlock: number;
  /** Blocks a hotkey must wait between two settings of weights. */
  readonly weightsRateLimit: number;
  readonly weightsVersionKey: bigint;
  readonly minAllowedWeights: number;
  readonly maxWeightsLimit: number;
  /** Weights are committed and show only when they are revealed; by drand's time, or by the validator itself. */
  readonly commitReveal: "off" | "timelocked" | "hashed";
  /** Epochs from a commit to its reveal. */
  readonly revealPeriodEpochs: number;
}

/** Subtensor's hyperparameters of a subnet, under the names of get_subnet_hyperparams; what a node lacks is absent. */
export type Hyperparameters = Readonly<Record<string, number | bigint | boolean>>;

/** Where a transaction came to rest: a finalised block. */
export interface Included {
  readonly block: Head;
}

/** uid to weight, any scale. */
export type Weights = readonly (readonly [uid: number, weight: number])[];

/** What became of weights that were handed to the chain. */
export interface WeightsSet extends Included {
  /**
   * `set`: they stand on chain. `timelocked`: they are committed, and the chain reveals them by itself. `hashed`: they
   * are committed, and `revealWeights` must reveal them in their epoch.
   */
  readonly way: "set" | "timelocked" | "hashed";
  /** Epoch index in which committed weights are revealed. */
  readonly revealEpoch?: number;
  /** drand round that opens timelocked weights. */
  readonly round?: number;
}

/** What a hotkey has published about itself in the Commitments pallet. */
export interface Commitment {
  /** Bytes of the first raw field, at most 512. */
  readonly content: Uint8Array;
  readonly block: number;
}

export interface Account {
  /** Free rao. */
  readonly balance: bigint;
  readonly nonce: number;
}

/** Something that a neuron or its owner may ask of the chain. Amounts are rao. */
export type Intent =
  | {
      readonly kind: "register";
      readonly netuid: number;
      readonly hotkey: Hotkey;
      /** The most it may cost, where the chain knows register_limit. Default: the cost now and a tenth more. */
      readonly limitRao?: bigint;
    }
  | { readonly kind: "serve"; readonly netuid: number; readonly endpoint: Endpoint }
  | {
      readonly kind: "addStake" | "removeStake";
      readonly netuid: number;
      readonly hotkey: Hotkey;
      /** Of tokens when added, of the subnet's own token when removed. */
      readonly amount: bigint;
    }
  | { readonly kind: "setWeights"; readonly netuid: number; readonly weights: Weights }
  | { readonly kind: "commit"; readonly netuid: number; readonly content: Uint8Array }
  | { readonly kind: "transfer"; readonly to: Hotkey; readonly amount: bigint };

/** What would be signed and sent for an intent. */
export interface Draft {
  readonly pallet: string;
  readonly call: string;
  /** By the names of the metadata. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Rao; undefined when the chain does not tell. */
  readonly fee: bigint | undefined;
  /** For people: what stands against it now, such as blocks of a rate limit that are left. */
  readonly obstacles: readonly string[];
}

export interface Chain {
  /** Known to be a chain for development: recognised by its genesis hash, never by its address. */
  readonly isLocal: boolean;
  readonly genesisHash: Digest;
  /** Milliseconds from one block to the next, by the chain's own constants. */
  readonly blockMs: number;

  finalisedHead(): Promise<Head>;
  /** Milliseconds since 1970 that the newest finalised block bears. */
  chainTimeMs(): Promise<number>;
  /** The hash of a finalised block; undefined when the chain has no such block (or no longer knows it). */
  blockHash(number: number): Promise<Digest | undefined>;
  /**
   * Calls back for every newly finalised head until the returned function is called or the chain is closed. Numbers
   * rise; those that passed while the connection was down are not made up for.
   */
  onHead(listener: (head: Head) => void): () => void;
  /** As of the newest finalised block. @throws ChainError `SubnetNotExists` */
  metagraph(netuid: number): Promise<Metagraph>;
  epochInfo(netuid: number): Promise<EpochInfo>;
  hyperparameters(netuid: number): Promise<Hyperparameters>;
  account(key: Hotkey): Promise<Account>;
  /** Rao that a registration costs now. */
  registrationCost(netuid: number): Promise<bigint>;
  commitment(netuid: number, hotkey: Hotkey): Promise<Commitment | undefined>;

  /** What `who` would sign for `intent`; signs nothing. @throws ChainError as the intent itself would before signing */
  draft(intent: Intent, who: Hotkey): Promise<Draft>;

  /**
   * Registers `hotkey` under the coldkey that signs; nothing is paid when it is registered already.
   * @returns its uid
   */
  register(netuid: number, hotkey: Hotkey, coldkey: Signer, limitRao?: bigint): Promise<number>;
  publishEndpoint(netuid: number, endpoint: Endpoint, hotkey: Signer): Promise<Included>;
  /** @param amount rao */
  addStake(netuid: number, hotkey: Hotkey, amount: bigint, coldkey: Signer): Promise<Included>;
  /** @param amount rao of the subnet's own token */
  removeStake(netuid: number, hotkey: Hotkey, amount: bigint, coldkey: Signer): Promise<Included>;
  transfer(to: Hotkey, amount: bigint, coldkey: Signer): Promise<Included>;
  /** @param content at most 512 bytes */
  publishCommitment(netuid: number, content: Uint8Array, hotkey: Signer): Promise<Included>;
  /**
   * Weights are relative and conformed to what the chain demands. Set or committed as the chain's state asks.
   * @throws ChainError with the chain's own error name, `WEIGHTS_TOO_EARLY` before anything is signed
   */
  setWeights(netuid: number, weights: Weights, hotkey: Signer): Promise<WeightsSet>;
  /**
   * Reveals hashed commits whose epoch has come; those of timelocked commits that showed are forgotten. Call it with
   * every head; without commits that wait it asks the chain nothing.
   * @returns what it revealed
   */
  revealWeights(netuid: number, hotkey: Signer): Promise<readonly Included[]>;

  close(): Promise<void>;
}
