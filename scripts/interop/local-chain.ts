/**
 * The local chain's node, against the Python clients of Substrate chains: Bittensor's own, and the older one of which it
 * is a fork. They find the chain, read it, pay, see the payment final, are refused, and follow the heads.
 * @module
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { LOCAL_GENESIS_HASH } from "../../chain/local/genesis.ts";
import { startLocalChain } from "../../chain/local/local-chain.ts";
import type { Check } from "./check.ts";
import { python, runPython } from "./venv.ts";

const TOKEN = 1_000_000_000;
const TEMPO = 20;

const answerSchema = z.strictObject({
  chain: z.string(),
  genesis: z.string(),
  tempo: z.record(z.string(), z.number()),
  success: z.boolean(),
  fee: z.number(),
  events: z.array(z.string()),
  extrinsics: z.number(),
  received: z.number(),
  refused: z.string().nullable(),
  headers: z.array(z.number()),
  nonces: z.array(z.number()),
});

export const checks: readonly Check[] = [
  check("async-substrate-interface 2.2.1", [
    "async-substrate-interface==2.2.1",
    "bittensor-wallet==4.0.1",
  ]),
  check("substrate-interface 1.8.1", ["substrate-interface==1.8.1"]),
];

function check(against: string, packages: readonly string[]): Check {
  return {
    name: "reads, pays and follows the local chain as any other",
    against,
    run: async () => {
      const interpreter = await python(packages);
      const program = await readFile(new URL("./local-chain.py", import.meta.url), "utf8");
      const dir = await mkdtemp(join(tmpdir(), "assay-interop-"));
      const chain = await startLocalChain({ dir, blockMs: 250, subnets: [{ tempo: TEMPO }] });
      try {
        judge(answerSchema.parse(await runPython(interpreter, program, { url: chain.url })));
      } finally {
        await chain.close();
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

function judge(answer: z.infer<typeof answerSchema>): void {
  assert.equal(answer.chain, "Assay Local");
  assert.equal(answer.genesis, `0x${LOCAL_GENESIS_HASH}`);
  assert.equal(answer.tempo["1"], TEMPO);
  assert.equal(answer.success, true);
  assert.ok(answer.fee > 0);
  assert.ok(answer.events.includes("Balances.Transfer"));
  // The author's clock, and the payment.
  assert.equal(answer.extrinsics, 2);
  assert.equal(answer.received, TOKEN);
  assert.match(answer.refused ?? "", /1010.*outdated/s);
  const [first = 0] = answer.headers;
  assert.deepEqual(answer.headers, [first, first + 1, first + 2]);
  // Two nonces went into the founding of the subnet.
  assert.deepEqual(answer.nonces, [3, 3]);
}
