/**
 * localnet_*: what a test does to the chain, for those in another process.
 * @module
 */
import { z } from "zod";
import type { Control } from "../control.ts";
import { type Methods, method, question } from "./method.ts";

/** These are answered while everything else is frozen. */
export const CONTROL_PREFIX = "localnet_";

const CountParams = z.tuple([z.number().int().min(0).max(0xffff_ffff)]);

/** @param dropOthers breaks all connections but the one that asks, for it waits for the answer */
export function localnetMethods(control: Control, dropOthers: () => void): Methods {
  const order = (run: () => void): Methods[string] =>
    question(() => {
      run();
      return null;
    });
  return {
    localnet_pause: order(() => control.pause()),
    localnet_resume: order(() => control.resume()),
    localnet_step: method(CountParams, async ([blocks]) => {
      const { number, hash } = await control.step(blocks);
      return { number, hash: `0x${hash}` };
    }),
    localnet_retract: method(CountParams, async ([blocks]) => {
      await control.retract(blocks);
      return null;
    }),
    localnet_freeze: order(() => control.freeze()),
    localnet_thaw: order(() => control.thaw()),
    localnet_dropConnections: order(dropOthers),
    localnet_announceUpgrade: order(() => control.announceUpgrade()),
  };
}
