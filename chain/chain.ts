/**
 * What a miner and a validator need of a chain, whichever chain it is: who is registered, where they listen, what
 * they hold, which weights were set, when an epoch ends. Words and numbers are Subtensor's: rao (10^-9 of a token),
 * u16 weights, uid, tempo, hotkey and coldkey.
 * @module
 */
import type { Digest } from "../store/digest.ts";

/** An sr25519 account that works: SS58 text with prefix 42. */
export type Hotkey = string & { readonly __brand: "Hotkey" };

/** Who signs. The secret stays inside; only signatures come out. */
export interface Signer {
  readonly hotkey: Hotkey;
  /** An sr25519 signature (context "substrate") of 64 bytes. */
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
  readonly nextEpochBlock: number;
  /** Blocks a hotkey must wait between two settings of weights. */
  readonly weightsRateLimit: number;
  readonly weightsVersionKey: bigint;
  readonly minAllowedWeights: number;
  readonly maxWeightsLimit: number;
}

/** Where a transaction came to rest. */
export interface Included {
  readonly block: Head;
}

export interface Chain {
  /** Known to be a chain for development: recognised by its genesis hash, never by its address. */
  readonly isLocal: boolean;
  readonly genesisHash: Digest;

  finalisedHead(): Promise<Head>;
  /** The hash of a finalised block; undefined when the chain has no such block (or no longer knows it). */
  blockHash(number: number): Promise<Digest | undefined>;
  /**
   * Calls back for every newly finalised head until the returned function is called or the chain is closed. Numbers
   * rise; those that passed while the connection was down are not made up for.
   */
  onHead(listener: (head: Head) => void): () => void;
  metagraph(netuid: number): Promise<Metagraph>;
  epochInfo(netuid: number): Promise<EpochInfo>;

  /** Registers `hotkey` under the coldkey that signs. @returns its uid. */
  register(netuid: number, hotkey: Hotkey, coldkey: Signer): Promise<number>;
  publishEndpoint(netuid: number, endpoint: Endpoint, hotkey: Signer): Promise<Included>;
  /** Weights are relative: the chain scales the largest to 65535. @throws ChainError with the chain's own error name. */
  setWeights(
    netuid: number,
    weights: readonly (readonly [uid: number, weight: number])[],
    hotkey: Signer,
  ): Promise<Included>;

  close(): Promise<void>;
}
