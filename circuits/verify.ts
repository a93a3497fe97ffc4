/**
 * The validator's door to circuits: a statement and a proof in, a verdict out. It never runs the model.
 * @module
 */
import type { Claim, Engine } from "../proof/engine.ts";
import { isRejection } from "../proof/groth16/points.ts";
import type { Rejection } from "../proof/rejection.ts";
import type { Digest } from "../store/digest.ts";
import { CircuitError } from "./error.ts";
import type { Manifest } from "./manifest.ts";
import { openPackage } from "./package.ts";
import {
  claimOf,
  claimOfShown,
  type Shown,
  type ShownStatement,
  type Statement,
  verifyStatement,
} from "./statement.ts";

export type { Shown, ShownStatement, Statement };

export interface Verifier {
  readonly circuit: Digest;
  readonly model: Digest;
  readonly setup: Manifest["setup"]["kind"];
  readonly manifest: Manifest;
  /** Undefined when the proof shows that the model answers these outputs to this input under this tag. */
  verify(statement: Statement, proof: Uint8Array): Promise<Rejection | undefined>;
  /** As `verify`, of a proof outside jobs that need not show every element of its inputs. */
  verifyShown(statement: ShownStatement, proof: Uint8Array): Promise<Rejection | undefined>;
  /** As `verify` for each, in order; one bad claim neither hides nor spoils another. */
  verifyBatch(
    claims: readonly { readonly statement: Statement; readonly proof: Uint8Array }[],
  ): Promise<readonly (Rejection | undefined)[]>;
}

export interface VerifierParts {
  readonly engine: Engine;
  /** Only where nothing is at stake: their maker can forge. */
  readonly allowDevelopmentKeys: boolean;
  /** Only for proofs outside jobs: nothing would tie the input of a job to its proof. Default false. */
  readonly allowPrivateInputs?: boolean;
}

/**
 * @param dir a circuit package; every byte of it is checked
 * @throws CircuitError `DEVELOPMENT_KEYS` | `CEREMONY_UNVERIFIED` | `PRIVATE_INPUT`; whatever openPackage throws
 */
export async function openVerifier(
  dir: string,
  { engine, allowDevelopmentKeys, allowPrivateInputs = false }: VerifierParts,
): Promise<Verifier> {
  const circuit = await openPackage(dir);
  const { manifest } = circuit;
  if (manifest.setup.kind === "development" && !allowDevelopmentKeys) {
    throw new CircuitError(
      "DEVELOPMENT_KEYS",
      `the keys of circuit ${circuit.id} are development keys, whose maker can forge proofs`,
      "Use a package with keys from a ceremony; development keys are for the local chain.",
    );
  }
  if (manifest.setup.kind === "ceremony") {
    // A verified transcript is what makes keys a ceremony's; a word in a manifest anybody can write.
    throw new CircuitError(
      "CEREMONY_UNVERIFIED",
      `circuit ${circuit.id} says that its keys come from a ceremony, which this version cannot verify`,
      "Use a version that verifies ceremonies.",
    );
  }
  const hidden = manifest.inputs.find(({ visibility }) => visibility === "private");
  if (hidden !== undefined && !allowPrivateInputs) throw privateInput(circuit.id, hidden.name);
  return {
    circuit: circuit.id,
    model: manifest.model,
    setup: manifest.setup.kind,
    manifest,
    verify: (statement, proof) => verifyStatement(circuit, statement, proof, engine),
    async verifyShown(statement, proof) {
      const claim = claimOfShown(circuit, statement, proof);
      return isRejection(claim) ? claim : engine.verify(claim);
    },
    async verifyBatch(claims) {
      const stated = claims.map(({ statement, proof }) => claimOf(circuit, statement, proof));
      const sound = stated.filter((claim): claim is Claim<Uint8Array> => !isRejection(claim));
      const verdicts = [...(await engine.verifyBatch(sound))].values();
      return stated.map((claim) => (isRejection(claim) ? claim : verdicts.next().value));
    },
  };
}

function privateInput(circuit: Digest, name: string): CircuitError {
  return new CircuitError(
    "PRIVATE_INPUT",
    `circuit ${circuit} keeps its input ${name} private: nothing would tie the input of a job to its proof`,
    "Serve a package whose inputs are public or hashed; assay prove and assay verify take this one.",
  );
}
