/**
 * `assay chain …`: an operator's look at the chain, and what he signs by hand.
 * @module
 */
import type { Command } from "commander";
import { commitmentCommand } from "./chain-commitment.ts";
import { metagraphCommand } from "./chain-metagraph.ts";
import { registerCommand } from "./chain-register.ts";
import { serveCommand } from "./chain-serve.ts";
import { statusCommand } from "./chain-status.ts";
import { weightsCommand } from "./chain-weights.ts";

export function chainCommands(): Command[] {
  return [
    metagraphCommand(),
    registerCommand(),
    serveCommand(),
    weightsCommand(),
    statusCommand(),
    commitmentCommand(),
  ];
}
