/**
 * `assay ceremony key …`: the keys of one circuit, one command for each step.
 * @module
 */
import type { Command } from "commander";
import { encodeVerificationKey } from "../proof/groth16/verification-key.ts";
import { writeFileAtomic } from "../store/atomic.ts";
import {
  type BeaconOptions,
  beaconOf,
  type ContributeOptions,
  checking,
  closing,
  contributing,
  example,
  named,
  newStep,
  writing,
} from "./ceremony.ts";
import { newCommand, onRun } from "./command.ts";
import { type EngineChoice, withEngineOption } from "./engine-source.ts";

interface SourceOptions extends EngineChoice {
  readonly r1cs: string;
  readonly ptau: string;
}

interface NewKeyOptions extends SourceOptions {
  readonly out: string;
  readonly force?: boolean;
}

export function ceremonyKeyCommands(): Command[] {
  const made = fromSources(
    newStep("new", "a key to which nobody has contributed yet: with it anybody forges"),
  ).addHelpText("after", example("key new --r1cs circuit.r1cs --ptau final.ptau --out 0.zkey"));
  const contributed = contributing(
    newStep("contribute", "add a secret of your own to a key").argument("<key>"),
  ).addHelpText("after", example('key contribute 0.zkey --name "Ada" --out 1.zkey'));
  const closed = closing(
    newStep("beacon", "close a key with a public number").argument("<key>"),
  ).addHelpText(
    "after",
    example(`key beacon 1.zkey --hash ${"ab".repeat(32)} --iterations-exp 10 --out final.zkey`),
  );
  const verified = fromSources(
    withEngineOption(
      newCommand(
        "verify",
        "follow a key from its circuit and powers of tau to the last contribution",
      ),
    ).argument("<key>"),
  ).addHelpText("after", example("key verify final.zkey --r1cs circuit.r1cs --ptau final.ptau"));
  const exported = newStep("export", "the verification key, as snarkjs writes it")
    .argument("<key>")
    .addHelpText("after", example("key export final.zkey --out verification-key.json"));
  return [
    onRun<NewKeyOptions>(made, (context, options) =>
      writing(context, options, async (ceremony, step) => {
        const { out } = options;
        await ceremony.newKey({ ...sourcesOf(options), out }, step);
        return [];
      }),
    ),
    onRun<ContributeOptions>(contributed, (context, options, [from = ""]) =>
      writing(context, options, async (ceremony, step) => [
        await ceremony.contributeToKey({ from, ...named(options) }, step),
      ]),
    ),
    onRun<BeaconOptions>(closed, (context, options, [from = ""]) =>
      writing(context, options, async (ceremony, step) => [
        await ceremony.applyBeaconToKey(
          { from, ...named(options), beacon: beaconOf(options) },
          step,
        ),
      ]),
    ),
    onRun<SourceOptions>(verified, (context, options, [key = ""]) =>
      checking(context, options, key, (ceremony, step) =>
        ceremony.verifyKey({ ...sourcesOf(options), key }, step),
      ),
    ),
    onRun<NewKeyOptions>(exported, (context, options, [key = ""]) =>
      writing(context, options, async (ceremony, step) => {
        const exportedKey = await ceremony.exportVerificationKey({ key }, step);
        await writeFileAtomic(
          options.out,
          `${JSON.stringify(encodeVerificationKey(exportedKey))}\n`,
        );
        return [];
      }),
    ),
  ];
}

function fromSources(command: Command): Command {
  return command
    .requiredOption("--r1cs <file>", "the circuit")
    .requiredOption("--ptau <file>", "prepared powers of tau");
}

function sourcesOf({ r1cs, ptau }: SourceOptions): { r1cs: string; powersOfTau: string } {
  return { r1cs, powersOfTau: ptau };
}
