/**
 * `assay localnet …`: a small chain on this machine.
 * @module
 */
import type { Command } from "commander";
import { localnetControlCommands } from "./localnet-control.ts";
import { localnetResetCommand } from "./localnet-reset.ts";
import { localnetUpCommand } from "./localnet-up.ts";

export function localnetCommands(): Command[] {
  return [localnetUpCommand(), localnetResetCommand(), ...localnetControlCommands()];
}
