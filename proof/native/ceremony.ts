/**
 * The native ceremony: the same steps and the same files as the reference's, in threads of this process. The core writes
 * each file under another name and moves it into place when it is whole.
 * @module
 */
import type { Beacon, Ceremony, Contribution, StepOptions, VerifiedChain } from "../ceremony.ts";
import { ProofError } from "../error.ts";
import { isRejection } from "../groth16/points.ts";
import {
  acceptedKey,
  decodeVerificationKey,
  type VerificationKey,
} from "../groth16/verification-key.ts";
import type { Rejection } from "../rejection.ts";
import {
  type Addon,
  type Chain,
  type Control,
  type NativeBeacon,
  type NativeContribution,
  type Outcome,
  unwrap,
} from "./addon.ts";
import { keyJsonFromBytes } from "./points.ts";
import { Requests } from "./requests.ts";

/** @throws ProofError `CPU_UNSUPPORTED` when ASSAY_CPU asks for what does not run here */
export function openNativeCeremony(addon: Addon): Ceremony {
  unwrap(addon.processor());
  return new NativeCeremony(addon);
}

interface Contribute {
  readonly from: string;
  readonly out: string;
  readonly name: string;
}
type ApplyBeacon = Contribute & { readonly beacon: Beacon };

class NativeCeremony implements Ceremony {
  readonly name = "native";
  readonly #addon: Addon;
  /** One at a time: a step takes every processor. */
  readonly #requests: Requests;

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#requests = new Requests(addon, 1);
  }

  async newPowersOfTau(
    step: { readonly power: number; readonly out: string },
    options?: StepOptions,
  ): Promise<void> {
    await this.#run((...control) => this.#addon.newPowersOfTau(step, ...control), options);
  }

  async contributeToPowersOfTau(step: Contribute, options?: StepOptions): Promise<Contribution> {
    return contributionOf(
      await this.#run(
        (...control) => this.#addon.contributeToPowersOfTau(step, ...control),
        options,
      ),
    );
  }

  async applyBeaconToPowersOfTau(step: ApplyBeacon, options?: StepOptions): Promise<Contribution> {
    const native = { ...step, beacon: nativeBeacon(step.beacon) };
    return contributionOf(
      await this.#run(
        (...control) => this.#addon.applyBeaconToPowersOfTau(native, ...control),
        options,
      ),
    );
  }

  async preparePhase2(
    step: { readonly from: string; readonly out: string },
    options?: StepOptions,
  ): Promise<void> {
    await this.#run((...control) => this.#addon.preparePhase2(step, ...control), options);
  }

  async developmentPowersOfTau(
    step: { readonly power: number; readonly out: string },
    options?: StepOptions,
  ): Promise<readonly Contribution[]> {
    const made = await this.#run(
      (...control) => this.#addon.developmentPowersOfTau(step, ...control),
      options,
    );
    return made.map(contributionOf);
  }

  async verifyPowersOfTau(
    step: { readonly file: string },
    options?: StepOptions,
  ): Promise<VerifiedChain | Rejection> {
    return chainOf(
      await this.#run((...control) => this.#addon.verifyPowersOfTau(step, ...control), options),
    );
  }

  async newKey(
    step: { readonly r1cs: string; readonly powersOfTau: string; readonly out: string },
    options?: StepOptions,
  ): Promise<void> {
    await this.#run((...control) => this.#addon.newKey(step, ...control), options);
  }

  async contributeToKey(step: Contribute, options?: StepOptions): Promise<Contribution> {
    return contributionOf(
      await this.#run((...control) => this.#addon.contributeToKey(step, ...control), options),
    );
  }

  async applyBeaconToKey(step: ApplyBeacon, options?: StepOptions): Promise<Contribution> {
    const native = { ...step, beacon: nativeBeacon(step.beacon) };
    return contributionOf(
      await this.#run((...control) => this.#addon.applyBeaconToKey(native, ...control), options),
    );
  }

  async verifyKey(
    step: { readonly r1cs: string; readonly powersOfTau: string; readonly key: string },
    options?: StepOptions,
  ): Promise<VerifiedChain | Rejection> {
    return chainOf(
      await this.#run((...control) => this.#addon.verifyKey(step, ...control), options),
    );
  }

  async exportVerificationKey(
    step: { readonly key: string },
    options?: StepOptions,
  ): Promise<VerificationKey> {
    const exported = await this.#run(
      (...control) => this.#addon.exportVerificationKey(step, ...control),
      options,
    );
    const key = isRejection(exported)
      ? exported
      : decodeVerificationKey(keyJsonFromBytes(exported));
    return acceptedKey(key, step.key);
  }

  close(): Promise<void> {
    return this.#requests.close();
  }

  #run<T>(
    start: (...control: Control) => Promise<Outcome<T>>,
    { signal, onProgress }: StepOptions = {},
  ): Promise<T> {
    return this.#requests.run(
      (stop) => start(stop, ({ line, done }) => onProgress?.(line, done)),
      signal,
    );
  }
}

function chainOf(chain: Chain): VerifiedChain | Rejection {
  if (isRejection(chain)) return chain;
  const { contributions, published } = chain;
  return {
    contributions: contributions.map(contributionOf),
    ...(published === undefined ? {} : { published }),
  };
}

function contributionOf({ name, hash, beacon }: NativeContribution): Contribution {
  const contribution = { name, hash: hex(hash) };
  return beacon === undefined
    ? { ...contribution, kind: "contribution" }
    : { ...contribution, kind: "beacon", beacon: { ...beacon, hash: hex(beacon.hash) } };
}

function nativeBeacon({ hash, iterationsExp }: Beacon): NativeBeacon {
  if (!/^([0-9a-f]{2}){1,255}$/.test(hash)) {
    throw new ProofError(
      "MALFORMED_BEACON",
      `a beacon of ${hash}`,
      "Give its bytes in lower-case hex.",
    );
  }
  return { hash: new Uint8Array(Buffer.from(hash, "hex")), iterationsExp };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
