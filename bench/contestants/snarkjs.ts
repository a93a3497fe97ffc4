/**
 * snarkjs 0.7.6 as its users run it: a proving key by its path, a witness in memory, the curve built once. With one
 * thread, or with a worker for each processor, which is its default.
 * @module
 */
import { isRejection } from "../../proof/groth16/points.ts";
import { proofFromJson } from "../../proof/groth16/proof-json.ts";
import { Children } from "../../proof/snarkjs/children.ts";
import type { Contestant, Threads } from "../contest.ts";
import { newChildren } from "../processes.ts";
import { noProof } from "./no-proof.ts";

export function snarkjs(threads: Threads): Contestant {
  const name = threads === "all" ? "snarkjs" : "snarkjs, one thread";
  return {
    name,
    maker: "snarkjs",
    threads,
    tables: false,
    async open({ provingKey, witness }) {
      const started = await newChildren();
      const children = new Children({ size: 1, threads });
      const pids: number[] = [];
      return {
        pids,
        async prove() {
          // The child's own clock: the way of the witness into it is no part of a proof.
          const { proof, ms } = await children.run("prove", { provingKey, witness });
          // The child starts when it is first asked for something.
          if (pids.length === 0) pids.push(...(await started()));
          const decoded = proofFromJson(proof);
          if (isRejection(decoded)) throw noProof(name, decoded);
          return { ms, proof: decoded };
        },
        close: () => children.close(),
      };
    },
  };
}
