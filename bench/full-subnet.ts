/**
 * A subnet with all its seats taken, whose validators weigh everybody: the most that an epoch can have to do. Built by
 * signed extrinsics on the local chain's runtime, without a node around it, so that what is timed is the chain's own
 * work.
 * @module
 */
import type { Signer } from "../chain/chain.ts";
import { foundingExtrinsics } from "../chain/local/founding.ts";
import { localRuntime } from "../chain/local/local-runtime.ts";
import { type Signing, signExtrinsic } from "../chain/local/runtime/extrinsic.ts";
import type { RuntimeCall } from "../chain/local/runtime/pallet.ts";
import type { Runtime } from "../chain/local/runtime/runtime.ts";
import { State } from "../chain/local/runtime/state.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { BenchError } from "./error.ts";

export interface SubnetPlan {
  readonly neurons: number;
  readonly validators: number;
  readonly yuma3: boolean;
  readonly liquidAlpha: boolean;
}

const NETUID = 1;
/** Longer than anything here takes: epochs come when they are asked for. */
const TEMPO = 50_000;
const BLOCK_MS = 12_000;
const TAO = 1_000_000_000n;
const GENESIS_HASH = `0x${"00".repeat(31)}01`;

export class FullSubnet {
  readonly #runtime: Runtime = localRuntime();
  readonly #values = new Map<string, Uint8Array>();
  readonly #state = new State({
    get: (key) => this.#values.get(key),
    keys: (prefix) => [...this.#values.keys()].filter((key) => key.startsWith(prefix)),
  });
  readonly #signing: Signing;
  readonly #alice = devSigner("//Alice");
  readonly #validators: readonly Signer[];
  readonly #nonces = new Map<Signer, number>();
  readonly #neurons: number;
  #number = 0;
  #hash = GENESIS_HASH;

  constructor({ neurons, validators, yuma3, liquidAlpha }: SubnetPlan) {
    this.#neurons = neurons;
    this.#runtime.genesis(this.#state);
    this.#commit();
    const { specVersion, transactionVersion } = this.#runtime.versionOf(this.#state);
    this.#signing = {
      ...{ specVersion, transactionVersion, genesisHash: GENESIS_HASH, birthHash: GENESIS_HASH },
    };
    const founding = foundingExtrinsics(
      [
        {
          ...{ tempo: TEMPO, yuma3, liquidAlpha, maxAllowedUids: neurons },
          ...{ maxAllowedValidators: validators, minAllowedWeights: 1, weightsRateLimit: 0 },
          ...{ burnRao: 500_000n, stakeThresholdRao: 0n },
        },
      ],
      this.#alice,
      this.#signing,
    );
    this.#nonces.set(this.#alice, founding.length);
    this.block(founding);
    // Uid 0 is the owner's.
    const others = Array.from({ length: neurons - 1 }, (_, i) => devSigner(`//Neuron//${i}`));
    this.#validators = others.slice(0, validators);
    for (const { hotkey } of others) this.#register(hotkey);
    for (const [i, { hotkey }] of this.#validators.entries()) {
      const amount_staked = (1_000n + BigInt(i)) * TAO;
      this.#bring(this.#alice, "add_stake", { hotkey, netuid: NETUID, amount_staked });
    }
    // Permits are given by an epoch.
    this.runEpoch();
  }

  /** @returns milliseconds that the block took, storage included */
  block(candidates: readonly Uint8Array[] = []): number {
    const beginMs = performance.now();
    const executed = this.#runtime.execute(this.#state, {
      number: this.#number + 1,
      parentHash: this.#hash,
      timestampMs: Date.now() + this.#number * BLOCK_MS,
      candidates,
    });
    this.#commit();
    const ms = performance.now() - beginMs;
    this.#number += 1;
    this.#hash = `0x${this.#number.toString(16).padStart(64, "0")}`;
    if (executed.included.length !== candidates.length || this.#hasFailure()) {
      throw new BenchError(
        "SUBNET_REFUSED",
        `block ${this.#number} of the bench's subnet refused what it was given`,
        "The local chain's rules have changed: its tests say which.",
      );
    }
    return ms;
  }

  /** Every validator weighs everybody, each in its own way. @returns milliseconds of the block that takes them all */
  setAllWeights(): number {
    const dests = Array.from({ length: this.#neurons }, (_, uid) => uid);
    return this.block(
      this.#validators.map((signer, v) =>
        this.#sign(signer, "set_weights", {
          ...{ netuid: NETUID, dests, version_key: 0n },
          weights: dests.map((uid) => 1 + ((uid * 7_919 + v * 104_729) % 65_535)),
        }),
      ),
    );
  }

  /** @returns milliseconds of the block in which the epoch runs */
  runEpoch(): number {
    this.#bring(this.#alice, "trigger_epoch", { netuid: NETUID });
    const due = this.#state.get("SubtensorModule.PendingEpochAt", [NETUID]);
    while (BigInt(this.#number + 1) < due) this.block();
    return this.block();
  }

  #register(hotkey: Signer["hotkey"]): void {
    this.#bring(this.#alice, "burned_register", { netuid: NETUID, hotkey });
  }

  #bring(signer: Signer, name: string, args: unknown): void {
    this.block([this.#sign(signer, name, args)]);
  }

  #sign(signer: Signer, name: string, args: unknown): Uint8Array {
    const nonce = this.#nonces.get(signer) ?? 0;
    this.#nonces.set(signer, nonce + 1);
    const call: RuntimeCall = { type: "SubtensorModule", value: { type: name, value: args } };
    return signExtrinsic(call, signer, { nonce }, this.#signing);
  }

  #hasFailure(): boolean {
    return this.#state
      .get("System.Events", [])
      .some((record) => JSON.stringify(record, bigints).includes("ExtrinsicFailed"));
  }

  #commit(): void {
    for (const [key, bytes] of this.#state.takeChanges()) {
      if (bytes === undefined) this.#values.delete(key);
      else this.#values.set(key, bytes);
    }
  }
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}
