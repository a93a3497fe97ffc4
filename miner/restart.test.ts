/** @module A miner that is killed remembers what it has taken; one that is closed leaves nothing that keeps a process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { Endpoint } from "../chain/chain.ts";
import { startLocalChain } from "../chain/local/local-chain.ts";
import { onboard } from "../chain/local/onboard.ts";
import { connectSubtensor } from "../chain/subtensor/connect.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import { digest } from "../protocol/digest.ts";
import { jobToJson, newJobId, signJob } from "../protocol/job.ts";
import { signRequest } from "../protocol/request-auth.ts";
import { JOB_PATH } from "../protocol/wire.ts";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const PROGRAM = fileURLToPath(new URL("./testing-process.ts", import.meta.url));
const CIRCUIT = digest("5c".repeat(32));

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function startProcess(...args: string[]): Promise<[ChildProcess, Endpoint]> {
  const child = fork(PROGRAM, args, { execArgv: ["--import", TSX] });
  undo.push(() => child.kill("SIGKILL"));
  const [endpoint] = await once(child, "message");
  return [child, endpoint as Endpoint];
}

const [miner, validator] = [devSigner("//Miner"), devSigner("//Validator")];

/** The headers of one request: sent twice, it is a replay. */
const signed = (body: Uint8Array): Record<string, string> =>
  signRequest({ method: "POST", target: JOB_PATH, body }, miner.hotkey, validator);

async function post(
  { ip, port }: Endpoint,
  body: Uint8Array,
  by: Record<string, string> = signed(body),
): Promise<number> {
  const headers = { "content-type": "application/json", ...by };
  const response = await fetch(`http://${ip}:${port}${JOB_PATH}`, {
    method: "POST",
    headers,
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

test("killed and started again, a miner refuses what it had taken; closed, it ends by itself", async () => {
  const dir = await mkdtemp(join(tmpdir(), "assay-miner-"));
  undo.push(() => rm(dir, { recursive: true }));
  const local = await startLocalChain({
    ...{ dir: join(dir, "chain"), blockMs: 100 },
    subnets: [{ tempo: 1_000, servingRateLimit: 0, burnRao: 1_000_000n }],
  });
  undo.push(() => local.close());
  const chain = await connectSubtensor(local.url);
  undo.push(() => chain.close());
  const seat = { netuid: 1, coldkey: devSigner("//Coldkey") };
  await onboard(chain, { ...seat, hotkey: miner.hotkey });
  await onboard(chain, { ...seat, hotkey: validator.hotkey, stakeRao: 10n ** 12n });
  const { number, hash } = await chain.finalisedHead();
  const body = (): Uint8Array =>
    canonicalJson(
      jobToJson(
        signJob(
          {
            ...{ id: newJobId(), netuid: 1, circuit: CIRCUIT, validator: validator.hotkey },
            ...{ miner: miner.hotkey, block: { number, hash }, expiryBlock: number + 1_000 },
            ...{ budgetMs: 5_000, input: Int32Array.of(7) },
          },
          validator,
        ),
      ),
    );

  const taken = body();
  const sent = signed(taken);
  const args = [local.url, join(dir, "miner"), CIRCUIT];
  const [killed, before] = await startProcess(...args);
  expect(await post(before, taken, sent)).toBe(200);
  killed.kill("SIGKILL");
  await once(killed, "exit");

  const [closed, after] = await startProcess(...args);
  expect(await post(after, taken, sent)).toBe(401);
  expect(await post(after, taken)).toBe(409);
  expect(await post(after, body())).toBe(200);
  // Who is in the middle of a request, or idle on a kept connection, must not hold it up.
  const halfway = connect(after.port, after.ip);
  halfway.on("error", () => {});
  undo.push(() => halfway.destroy());
  halfway.write(`POST ${JOB_PATH} HTTP/1.1\r\nhost: x\r\n`);
  closed.send("close");
  expect(await once(closed, "exit")).toEqual([0, null]);
});
