/**
 * `assay verify`: check a proof or a receipt, offline, trusting nothing but the circuit package.
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import type { Command } from "commander";
import { openVerifier, type ShownStatement, type Statement } from "../circuits/verify.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import { ProtocolError } from "../protocol/error.ts";
import { type Receipt, receiptFault, receiptFromJson } from "../protocol/receipt.ts";
import { tagOf } from "../protocol/tag.ts";
import { newCommand, onRun } from "./command.ts";
import { type EngineChoice, verifierOf, withEngineOption } from "./engine-source.ts";
import { CliError } from "./error.ts";
import { EXIT } from "./exit.ts";
import type { Result } from "./output.ts";
import { packageById } from "./package-source.ts";
import { answerOf } from "./prediction.ts";
import { MAX_PROOF_FILE_BYTES, proofFileFromJson } from "./proof-file.ts";

interface VerifyOptions extends EngineChoice {
  readonly package?: string;
  readonly allowDevelopmentKeys?: boolean;
}

/** What a file claims, in the one form that a verifier takes. */
interface Claim {
  readonly kind: "proof" | "receipt";
  readonly circuit: string;
  readonly statement: Statement | ShownStatement;
  readonly proof: Uint8Array;
}

interface Refusal {
  readonly code: string;
  readonly at: string;
}

export function verifyCommand(): Command {
  const command = withEngineOption(newCommand("verify", "check a proof or a receipt, offline"))
    .argument("<file>", "what assay prove wrote, or a receipt")
    .option(
      "--package <dir>",
      "the circuit package (default: looked up by circuit id in $ASSAY_HOME)",
    )
    .option("--allow-development-keys", "accept keys whose maker could forge")
    .addHelpText("after", "\nExample:\n  $ assay verify proof.json --allow-development-keys\n");
  return onRun<VerifyOptions>(command, async (context, options, [file = ""]) => {
    const claim = claimOf(await readJson(file));
    if ("code" in claim) return refused(claim);

    const circuit = await packageById(claim.circuit, options.package, context);
    const engine = verifierOf(options, context);
    try {
      const verifier = await openVerifier(circuit.dir, {
        engine,
        allowDevelopmentKeys: true,
        allowPrivateInputs: claim.kind === "proof",
      });
      const { statement, proof } = claim;
      const rejection =
        "input" in statement
          ? await verifier.verify(statement, proof)
          : await verifier.verifyShown(statement, proof);
      if (rejection !== undefined) return refused(rejection);

      const answer = answerOf(statement.outputs, circuit.graph.outputs);
      const { prediction } = answer.data;
      const data = {
        valid: true,
        kind: claim.kind,
        circuit: claim.circuit,
        setup: verifier.setup,
        prediction,
      };
      const what = prediction?.label ?? answer.text;
      const text = `valid ${claim.kind}: the answer is ${what} (circuit ${claim.circuit})`;
      if (verifier.setup === "development" && options.allowDevelopmentKeys !== true) {
        return {
          data,
          text,
          exit: EXIT.proofInvalid,
          error: {
            code: "DEVELOPMENT_KEYS",
            message: "the proof holds under development keys, whose maker could have forged it",
            hint: "Add --allow-development-keys if you made the keys yourself or trust their maker.",
          },
        };
      }
      return { data, text };
    } finally {
      await engine.close();
    }
  });
}

/** A receipt is first checked as a document, signatures included; then both kinds are the same claim. */
function claimOf(value: unknown): Claim | Refusal {
  if (typeof value !== "object" || value === null || !("answer" in value)) {
    const file = proofFileFromJson(value);
    if ("code" in file) return file;
    const { circuit, proof, ...statement } = file;
    return { kind: "proof", circuit, statement, proof: compressProof(proof) };
  }
  const receipt = receiptOf(value);
  if ("code" in receipt) return receipt;
  const fault = receiptFault(receipt);
  if (fault !== undefined) return fault;
  const { job } = receipt.job;
  return {
    kind: "receipt",
    circuit: job.circuit,
    statement: { tag: tagOf(job), input: job.input, outputs: receipt.answer.outputs },
    proof: receipt.answer.proof,
  };
}

/** What is no receipt is a refused claim, not a mistake of whoever asks. */
function receiptOf(value: unknown): Receipt | Refusal {
  try {
    return receiptFromJson(value);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { code: error.code, at: error.message };
  }
}

function refused(refusal: Refusal): Result {
  return {
    data: { valid: false, code: refusal.code, at: refusal.at },
    text: `invalid: ${refusal.code} at ${refusal.at}`,
    exit: EXIT.proofInvalid,
    error: {
      code: refusal.code,
      message: `refused at ${refusal.at}`,
      hint: "Do not trust the answer. Codes are explained in docs/protocol.md.",
    },
  };
}

async function readJson(path: string): Promise<unknown> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MAX_PROOF_FILE_BYTES) {
    throw new CliError(
      "MALFORMED_INPUT",
      `${path} is not a file of at most ${MAX_PROOF_FILE_BYTES} bytes`,
      "Give the file that assay prove wrote, or a receipt.",
    );
  }
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new CliError(
      "MALFORMED_INPUT",
      `${path} is not JSON: ${(cause as Error).message}`,
      "Give a proof or a receipt.",
    );
  }
}
