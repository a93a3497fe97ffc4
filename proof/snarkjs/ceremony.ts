/**
 * The reference ceremony: snarkjs's steps, each in a child process that uses every processor, each file written under
 * another name and moved into place when it is whole.
 * @module
 */
import { randomBytes } from "node:crypto";
import { access, constants, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { placeFile, temporaryBeside } from "../../store/atomic.ts";
import type { Ceremony, Contribution, StepOptions, VerifiedChain } from "../ceremony.ts";
import { ProofError } from "../error.ts";
import { refusePowersOfTau } from "../files/ptau.ts";
import {
  acceptedKey,
  decodeVerificationKey,
  type VerificationKey,
} from "../groth16/verification-key.ts";
import type { Rejection } from "../rejection.ts";
import { Children } from "./children.ts";
import type { ArgsOf, Checked, OperationName, ResultOf } from "./operations.ts";
import { contributionsIn } from "./transcript.ts";

export function openReferenceCeremony(): Ceremony {
  return new ReferenceCeremony();
}

/** The steps that write a file. */
type WritingName = {
  [Name in OperationName]: ArgsOf<Name> extends { readonly out: string } ? Name : never;
}[OperationName];

class ReferenceCeremony implements Ceremony {
  readonly name = "reference";
  readonly #children = new Children({ size: 1, threads: "all" });

  async newPowersOfTau(step: ArgsOf<"newPowersOfTau">, options?: StepOptions): Promise<void> {
    await this.#write("newPowersOfTau", step, options);
  }

  async contributeToPowersOfTau(
    step: ArgsOf<"contributeToPowersOfTau">,
    options?: StepOptions,
  ): Promise<Contribution> {
    const hash = await this.#write("contributeToPowersOfTau", step, options);
    return { name: step.name, kind: "contribution", hash: hex(hash) };
  }

  async applyBeaconToPowersOfTau(
    step: ArgsOf<"applyBeaconToPowersOfTau">,
    options?: StepOptions,
  ): Promise<Contribution> {
    const hash = await this.#write("applyBeaconToPowersOfTau", step, options);
    return { name: step.name, kind: "beacon", hash: hex(hash), beacon: step.beacon };
  }

  async preparePhase2(step: ArgsOf<"preparePhase2">, options?: StepOptions): Promise<void> {
    await this.#write("preparePhase2", step, options);
  }

  /** A whole ceremony of one: what it takes, a real one takes too. */
  async developmentPowersOfTau(
    { power, out }: { readonly power: number; readonly out: string },
    options: StepOptions = {},
  ): Promise<readonly Contribution[]> {
    // One temporary folder for every step: whatever a kill leaves in it, the next sweep finds.
    const work = temporaryBeside(out);
    const [start, first, second, last] = [1, 2, 3, 4].map((step) => join(work, `${step}.ptau`)) as [
      string,
      string,
      string,
      string,
    ];
    try {
      await mkdir(work);
      await this.newPowersOfTau({ power, out: start }, options);
      const step = { from: start, out: first, name: "development" };
      const contribution = await this.contributeToPowersOfTau(step, options);
      const beacon = { hash: randomBytes(32).toString("hex"), iterationsExp: 10 };
      const closing = await this.applyBeaconToPowersOfTau(
        { from: first, out: second, name: "development beacon", beacon },
        options,
      );
      await this.preparePhase2({ from: second, out: last }, options);
      await placeFile(last, out);
      return [contribution, closing];
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  async verifyPowersOfTau(
    step: ArgsOf<"verifyPowersOfTau">,
    options: StepOptions = {},
  ): Promise<VerifiedChain | Rejection> {
    await readable(step.file);
    const refusal = await refusePowersOfTau(step.file);
    if (refusal !== undefined) return refusal;
    const checked = await this.#check("verifyPowersOfTau", step, options);
    return checked.ok ? chainOf(checked) : mismatch(checked);
  }

  async newKey(step: ArgsOf<"newKey">, options?: StepOptions): Promise<void> {
    await this.#write("newKey", step, options);
  }

  async contributeToKey(
    step: ArgsOf<"contributeToKey">,
    options?: StepOptions,
  ): Promise<Contribution> {
    const hash = await this.#write("contributeToKey", step, options);
    return { name: step.name, kind: "contribution", hash: hex(hash) };
  }

  async applyBeaconToKey(
    step: ArgsOf<"applyBeaconToKey">,
    options?: StepOptions,
  ): Promise<Contribution> {
    const hash = await this.#write("applyBeaconToKey", step, options);
    return { name: step.name, kind: "beacon", hash: hex(hash), beacon: step.beacon };
  }

  async verifyKey(
    step: ArgsOf<"verifyKey">,
    options: StepOptions = {},
  ): Promise<VerifiedChain | Rejection> {
    const checked = await this.#check("verifyKey", step, options);
    return checked.ok ? chainOf(checked) : mismatch(checked);
  }

  async exportVerificationKey(
    step: ArgsOf<"exportVerificationKey">,
    options: StepOptions = {},
  ): Promise<VerificationKey> {
    const json = await this.#children.run("exportVerificationKey", step, options);
    return acceptedKey(decodeVerificationKey(json), step.key);
  }

  close(): Promise<void> {
    return this.#children.close();
  }

  async #write<Name extends WritingName>(
    name: Name,
    step: ArgsOf<Name>,
    options: StepOptions = {},
  ): Promise<ResultOf<Name>> {
    const part = `${step.out}.${randomBytes(6).toString("hex")}.part`;
    try {
      const result = await this.#children.run(name, { ...step, out: part }, options);
      await placeFile(part, step.out);
      return result;
    } finally {
      await rm(part, { force: true });
    }
  }

  /** What snarkjs cannot even read is no chain: that is said of the file, not of this machine. */
  async #check<Name extends "verifyPowersOfTau" | "verifyKey">(
    name: Name,
    step: ArgsOf<Name>,
    options: StepOptions,
  ): Promise<Checked> {
    await Promise.all(Object.values(step).map(readable));
    try {
      return await this.#children.run(name, step, options);
    } catch (error) {
      if (error instanceof ProofError && error.code === "CHILD_FAILED") {
        return { ok: false, log: [], faults: [error.message] };
      }
      throw error;
    }
  }
}

/** snarkjs calls a chain without contributions valid; whoever holds such a file can forge. */
function chainOf({ log }: Checked): VerifiedChain | Rejection {
  const contributions = contributionsIn(log);
  return contributions.some(({ kind }) => kind === "contribution")
    ? { contributions }
    : { code: "KEY_UNSAFE", at: "contributions" };
}

function mismatch({ faults }: Checked): Rejection {
  return { code: "KEY_MISMATCH", at: faults.at(-1)?.trim().slice(0, 200) ?? "contributions" };
}

/** A file that is not there is a fault of this machine, and says nothing of the chain. */
async function readable(path: string): Promise<void> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new ProofError("FILE_MISSING", `cannot read ${path}`, "Make it, or name another file.", {
      cause,
    });
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
