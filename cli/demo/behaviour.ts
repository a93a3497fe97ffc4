/**
 * The demo's miners that are not as they should be. Each is the honest solver with one thing changed, so that what
 * the validator catches is the cheat and nothing else.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Solver } from "../../miner/solver.ts";
import type { Hotkey } from "../../protocol/hotkey.ts";

/** About a proof more: seen beside the noise of a busy machine, and short enough not to make the demo wait. */
const SLOWED_MS = 1_500;

/** Honest, and late. */
export function slowed(solver: Solver): Solver {
  return {
    ...delegate(solver),
    async solve(job, signal) {
      const solution = await solver.solve(job, signal);
      await sleep(SLOWED_MS, undefined, { signal });
      return solution;
    },
  };
}

/** The two largest logits change places: another digit, every value plausible, and a true proof of the true ones. */
export function liar(solver: Solver): Solver {
  return {
    ...delegate(solver),
    async solve(job, signal) {
      const { outputs, proof, stages } = await solver.solve(job, signal);
      return { outputs: swapLargest(outputs), proof, stages };
    },
  };
}

/** The prover it shares knows one hotkey, the partner's: every proof it makes is tied to the partner's jobs. */
export function copier(solver: Solver, partner: Hotkey): Solver {
  return {
    ...delegate(solver),
    solve: (job, signal) => solver.solve({ ...job, miner: partner }, signal),
  };
}

function delegate(solver: Solver): Omit<Solver, "solve"> {
  const { circuit, inputs } = solver;
  return { circuit, inputs, close: () => solver.close() };
}

export function swapLargest(outputs: Int32Array): Int32Array {
  const order = [...outputs.keys()].sort((i, j) => (outputs[j] ?? 0) - (outputs[i] ?? 0));
  const [first, second] = order;
  const swapped = Int32Array.from(outputs);
  if (first === undefined || second === undefined) return swapped;
  // Two equal logits would change places unseen: the second then grows instead.
  swapped[second] = Math.max(outputs[first] ?? 0, (outputs[second] ?? 0) + 1);
  swapped[first] = outputs[second] ?? 0;
  return swapped;
}
