/**
 * The native engine: the core in Rust, in threads of this process. Keys stay open, verification keys stay prepared, and
 * bytes are checked on the far side of the door as strictly as here. Witnesses are still computed by the reference's
 * children: they run a circuit's own program, which is not ours.
 * @module
 */
import { availableParallelism, totalmem } from "node:os";
import type {
  Claim,
  Engine,
  GivenProof,
  Proven,
  ProveOptions,
  ProveRequest,
  SmallWitness,
  WitnessCalculator,
} from "../engine.ts";
import { ProofError } from "../error.ts";
import { R } from "../groth16/points.ts";
import { refuseSignals } from "../groth16/public-signals.ts";
import type { VerificationKey } from "../groth16/verification-key.ts";
import type { Rejection } from "../rejection.ts";
import { openReferenceEngine } from "../snarkjs/engine.ts";
import {
  type Addon,
  type CompactWitness,
  isFailure,
  type KeyOptions,
  type NativeClaim,
  type ProvingKey,
  unwrap,
  type VerifyingKey,
} from "./addon.ts";
import { OpenKeys } from "./keys.ts";
import {
  keyToBytes,
  proofFromBytes,
  proofToBytes,
  scalarsFromBytes,
  scalarsToBytes,
} from "./points.ts";
import { Requests } from "./requests.ts";

export interface NativeEngineOptions extends KeyOptions {
  /** Proofs made side by side; the others wait. Default 1. */
  readonly proofs?: number;
  /** Threads of a proof whose caller does not say. Default 1. */
  readonly threads?: number;
  /** Bytes that all open proving keys may hold. Default: a quarter of the machine's memory. */
  readonly keyBytes?: number;
  /** Called with a line about what costs time and stops nothing, once for each such thing. */
  readonly onNotice?: (line: string) => void;
}

/** A key that proofs wait for must stay, and the machine has other things to do. */
const SHARE_FOR_KEYS = 1 / 4;

/** @throws ProofError `CPU_UNSUPPORTED` when ASSAY_CPU asks for what does not run here */
export function openNativeEngine(
  addon: Addon,
  options: NativeEngineOptions = {},
): Engine & WitnessCalculator {
  unwrap(addon.processor());
  return new NativeEngine(addon, options);
}

class NativeEngine implements Engine, WitnessCalculator {
  readonly name = "native";
  readonly #addon: Addon;
  readonly #threads: number;
  readonly #keys: OpenKeys;
  readonly #proving: Requests;
  /** Of their own: a verification takes milliseconds and does not wait behind proofs. */
  readonly #verifying: Requests;
  readonly #opening: Requests;
  readonly #learning: Requests;
  readonly #taught = new WeakSet<ProvingKey>();
  readonly #prepared = new WeakMap<VerificationKey, VerifyingKey | Rejection>();
  readonly #onNotice: ((line: string) => void) | undefined;
  readonly #noticed = new Set<string>();
  readonly #witnesses: WitnessCalculator & Pick<Engine, "close">;

  constructor(addon: Addon, options: NativeEngineOptions) {
    const {
      proofs = 1,
      threads = 1,
      keyBytes = totalmem() * SHARE_FOR_KEYS,
      onNotice,
      ...key
    } = options;
    this.#onNotice = onNotice;
    this.#addon = addon;
    this.#threads = threads;
    this.#proving = new Requests(addon, proofs);
    this.#verifying = new Requests(addon, availableParallelism());
    this.#opening = new Requests(addon, 1);
    this.#learning = new Requests(addon, 1);
    this.#keys = new OpenKeys(async (path) => {
      const opened = await this.#opening.run(() => addon.openProvingKey(path, key));
      this.#noticeUnkept(opened);
      return opened;
    }, keyBytes);
    this.#witnesses = openReferenceEngine({ children: proofs });
  }

  calculateWitness(
    program: string,
    inputs: Readonly<Record<string, readonly bigint[]>>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Uint8Array> {
    return this.#witnesses.calculateWitness(program, inputs, options);
  }

  async prove(
    { provingKey, witness }: ProveRequest,
    { threads = this.#threads, signal }: ProveOptions = {},
  ): Promise<Proven> {
    const given = witness instanceof Uint8Array ? witness : compact(witness);
    const made = await this.#proving
      .run(
        (stop) =>
          this.#keys.use(provingKey, async (key) => {
            const outcome = await key.prove(given, threads, stop);
            if (!isFailure(outcome)) this.#learn(key, given);
            return outcome;
          }),
        signal,
      )
      .catch((error: unknown) => {
        throw asProving(error);
      });
    return {
      proof: proofFromBytes(made.proof),
      publicSignals: scalarsFromBytes(made.publicSignals),
      stages: Object.fromEntries(made.stages.map(({ name, ms }) => [name, ms])),
    };
  }

  async verify(claim: Claim<GivenProof>): Promise<Rejection | undefined> {
    const [verdict] = await this.verifyBatch([claim]);
    return verdict;
  }

  async verifyBatch(
    claims: readonly Claim<GivenProof>[],
  ): Promise<readonly (Rejection | undefined)[]> {
    const read = claims.map((claim) => this.#read(claim));
    const sound = read.filter((claim): claim is NativeClaim => !("code" in claim));
    const verdicts = await this.#verifying.run(
      (): ReturnType<Addon["verify"]> => this.#addon.verify(sound),
    );
    const next = verdicts.values();
    return read.map((claim) => ("code" in claim ? claim : (next.next().value ?? undefined)));
  }

  async close(): Promise<void> {
    const requests = [this.#proving, this.#verifying, this.#opening, this.#learning];
    await Promise.all([...requests.map((each) => each.close()), this.#witnesses.close()]);
    this.#keys.close();
  }

  /**
   * The first proof of a key shows which wires have values of full size. Learning that takes seconds for a circuit of
   * hashes, nothing for a network's, and nobody waits for it; a key that learns nothing proves as before.
   */
  #learn(key: ProvingKey, witness: Uint8Array | CompactWitness): void {
    if (this.#taught.has(key)) return;
    this.#taught.add(key);
    this.#learning
      .run(() => key.learn(witness))
      .then(
        () => this.#noticeUnkept(key),
        () => {},
      );
  }

  #noticeUnkept(key: ProvingKey): void {
    const fault = key.cacheFault();
    if (fault === null || this.#noticed.has(fault.code)) return;
    this.#noticed.add(fault.code);
    this.#onNotice?.(
      `a proving key's tables are not kept and will be computed again: ${fault.message}`,
    );
  }

  #read({ key, publicSignals, proof }: Claim<GivenProof>): NativeClaim | Rejection {
    const refusal = refuseSignals(publicSignals, key);
    if (refusal !== undefined) return refusal;
    const prepared = this.#prepare(key);
    if ("code" in prepared) return prepared;
    return {
      key: prepared,
      publicSignals: scalarsToBytes(publicSignals),
      proof: proof instanceof Uint8Array ? proof : proofToBytes(proof),
    };
  }

  /** Some milliseconds for a key, microseconds for one that is known. */
  #prepare(key: VerificationKey): VerifyingKey | Rejection {
    const known = this.#prepared.get(key);
    if (known !== undefined) return known;
    const prepared = unwrap(this.#addon.openVerifyingKey(keyToBytes(key)));
    this.#prepared.set(key, prepared);
    return prepared;
  }
}

function compact({ values, full }: SmallWitness): CompactWitness {
  const wires = [...full.keys()];
  for (const [wire, value] of full) {
    if (!(wire in values) || value < 0n || value >= R) {
      throw new ProofError(
        "PROVING_FAILED",
        `wire ${wire} cannot be ${value}: there are ${values.length} wires, of numbers from 0 to r − 1`,
        "Give values for every wire of the circuit, reduced mod r.",
      );
    }
  }
  return {
    values,
    fullWires: Uint32Array.from(wires),
    fullValues: scalarsToBytes([...full.values()]),
  };
}

/** What says nothing of the key and the witness keeps its name. */
const OWN_CODES: ReadonlySet<string> = new Set([
  "ENGINE_CLOSED",
  "NATIVE_PANIC",
  "OUT_OF_MEMORY",
  "CPU_UNSUPPORTED",
]);

function asProving(error: unknown): unknown {
  if (!(error instanceof ProofError) || OWN_CODES.has(error.code)) return error;
  return new ProofError("PROVING_FAILED", `${error.code}: ${error.message}`, error.hint, {
    cause: error,
  });
}
