/**
 * The command line as a tree, noun then verb.
 * @module
 */
import { Command } from "commander";
import { benchCommand } from "./bench.ts";
import { ceremonyCommands } from "./ceremony.ts";
import { ceremonyKeyCommands } from "./ceremony-key.ts";
import { chainCommands } from "./chain.ts";
import { circuitSetupCommand } from "./circuit.ts";
import { newGroup } from "./command.ts";
import { demoCommand } from "./demo/demo.ts";
import { demoMinerCommand } from "./demo/miner.ts";
import { EXIT } from "./exit.ts";
import { keysCommands } from "./keys.ts";
import { localnetCommands } from "./localnet.ts";
import { minerStartCommand } from "./miner.ts";
import { modelInspectCommand, modelRunCommand } from "./model.ts";
import { modelImportCommand } from "./model-import.ts";
import { VERSION } from "./output.ts";
import { packageVerifyCommand } from "./package.ts";
import { proveCommand } from "./prove.ts";
import { validatorStartCommand } from "./validator.ts";
import { verifyCommand } from "./verify.ts";

export function newProgram(): Command {
  const program = new Command("assay")
    .description("Proof-of-inference: models whose answers are proven, not promised.")
    .version(VERSION)
    .showHelpAfterError("(add --help for the options)");
  const commands = [
    demoCommand(),
    newGroup("miner", "earn by inferring and proving", [minerStartCommand()]),
    newGroup("validator", "hand out work, verify, set weights", [validatorStartCommand()]),
    newGroup("keys", "wallet files of miners, validators and their owners", keysCommands()),
    newGroup("chain", "look at the chain, and sign for it by hand", chainCommands()),
    newGroup("localnet", "a small chain on this machine", localnetCommands()),
    newGroup("circuit", "what is proven", [circuitSetupCommand()]),
    newGroup("package", "a circuit with its keys", [packageVerifyCommand()]),
    newGroup("ceremony", "how keys are made that nobody can forge with", [
      ...ceremonyCommands(),
      newGroup("key", "the keys of one circuit", ceremonyKeyCommands()),
    ]),
    newGroup("model", "what is computed", [
      modelImportCommand(),
      modelInspectCommand(),
      modelRunCommand(),
    ]),
    proveCommand(),
    verifyCommand(),
    benchCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  program.addCommand(demoMinerCommand(), { hidden: true });
  exitOnUsageErrors(program);
  return program;
}

/** commander exits with 1 on a usage error; a usage error here is 2, and help is a success. */
function exitOnUsageErrors(command: Command): void {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage));
  for (const child of command.commands) exitOnUsageErrors(child);
}
