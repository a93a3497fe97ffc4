/**
 * The command line as a tree, noun then verb. Only the branch that is asked for is loaded: a chain's client, a node, an
 * ONNX runtime take seconds to load, and no command needs them all.
 * @module
 */
import { Command } from "commander";
import { newGroup } from "./command.ts";
import { EXIT } from "./exit.ts";
import { VERSION } from "./output.ts";

interface Branch {
  readonly name: string;
  readonly description: string;
  /** A noun's verbs, or the one command of that name. */
  readonly load: () => Promise<readonly Command[] | Command>;
  /** Not in the help: for programs of ours, not for people. */
  readonly isHidden?: boolean;
}

const BRANCHES: readonly Branch[] = [
  {
    name: "demo",
    description: "see it all: a chain, a validator, two honest miners and two dishonest ones",
    load: async () => (await import("./demo/demo.ts")).demoCommand(),
  },
  {
    name: "miner",
    description: "earn by inferring and proving",
    load: async () => [(await import("./miner.ts")).minerStartCommand()],
  },
  {
    name: "validator",
    description: "hand out work, verify, set weights",
    load: async () => [(await import("./validator.ts")).validatorStartCommand()],
  },
  {
    name: "keys",
    description: "wallet files of miners, validators and their owners",
    load: async () => (await import("./keys.ts")).keysCommands(),
  },
  {
    name: "chain",
    description: "look at the chain, and sign for it by hand",
    load: async () => (await import("./chain.ts")).chainCommands(),
  },
  {
    name: "localnet",
    description: "a small chain on this machine",
    load: async () => (await import("./localnet.ts")).localnetCommands(),
  },
  {
    name: "circuit",
    description: "what is proven",
    load: async () => [(await import("./circuit.ts")).circuitSetupCommand()],
  },
  {
    name: "package",
    description: "a circuit with its keys",
    load: async () => [(await import("./package.ts")).packageVerifyCommand()],
  },
  {
    name: "ceremony",
    description: "how keys are made that nobody can forge with",
    load: async () => {
      const { ceremonyCommands } = await import("./ceremony.ts");
      const { ceremonyKeyCommands } = await import("./ceremony-key.ts");
      const keys = newGroup("key", "the keys of one circuit", ceremonyKeyCommands());
      return [...ceremonyCommands(), keys];
    },
  },
  {
    name: "model",
    description: "what is computed",
    load: async () => {
      const { modelInspectCommand, modelRunCommand } = await import("./model.ts");
      const { modelImportCommand } = await import("./model-import.ts");
      return [modelImportCommand(), modelInspectCommand(), modelRunCommand()];
    },
  },
  {
    name: "prove",
    description: "compute a model's answer and prove it",
    load: async () => (await import("./prove.ts")).proveCommand(),
  },
  {
    name: "verify",
    description: "check a proof or a receipt, offline",
    load: async () => (await import("./verify.ts")).verifyCommand(),
  },
  {
    name: "bench",
    description: "how fast this machine proves, and how that compares",
    load: async () => (await import("./bench.ts")).benchCommand(),
  },
  {
    name: "demo-miner",
    description: "a miner of the demo",
    load: async () => (await import("./demo/miner.ts")).demoMinerCommand(),
    isHidden: true,
  },
];

/** @param name the first word of the command line: whose branch is loaded; the others are there by name only */
export async function newProgram(name: string | undefined): Promise<Command> {
  const program = new Command("assay")
    .description("Proof-of-inference: models whose answers are proven, not promised.")
    .version(VERSION)
    .showHelpAfterError("(add --help for the options)");
  for (const branch of BRANCHES) {
    const command = branch.name === name ? await grown(branch) : bare(branch);
    program.addCommand(command, { hidden: branch.isHidden === true });
  }
  exitOnUsageErrors(program);
  return program;
}

async function grown({ name, description, load }: Branch): Promise<Command> {
  const loaded = await load();
  return loaded instanceof Command ? loaded : newGroup(name, description, loaded);
}

function bare({ name, description }: Branch): Command {
  return new Command(name).description(description);
}

/** commander exits with 1 on a usage error; a usage error here is 2, and help is a success. */
function exitOnUsageErrors(command: Command): void {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage));
  for (const child of command.commands) exitOnUsageErrors(child);
}
