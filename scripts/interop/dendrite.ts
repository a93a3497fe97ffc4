/**
 * A Dendrite of bittensor 10.2.0 asks our miner through the legacy bridge. What it sends is Bittensor's own code's; the
 * checks only spoil it where they say so, and tell it its external address, which it would ask of the internet.
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { DendriteBridge } from "../../miner/dendrite-bridge.ts";
import { startServer } from "../../miner/server.ts";
import { bodyOf, draftJob, miner, openDesk } from "../../miner/testing.ts";
import { answerFromJson, answerHasValidSignature } from "../../protocol/answer.ts";
import type { Job } from "../../protocol/job.ts";
import type { Check } from "./check.ts";
import { python, runPython } from "./venv.ts";

// 10.2.0 asks for any async-substrate-interface from 1.6 on, and does not load with those from 2.2 on, which came later.
const PACKAGES = ["bittensor==10.2.0", "async-substrate-interface==1.6.4"];
const against = "bittensor 10.2.0";

const PROGRAM = `
import asyncio, json, sys
from typing import ClassVar, Optional
from bittensor.utils import networking
networking.get_external_ip = lambda: "192.0.2.1"
from bittensor.core.chain_data import AxonInfo
from bittensor.core.dendrite import Dendrite
from bittensor.core.synapse import Synapse
from bittensor_wallet import Keypair

class AssayJob(Synapse):
    required_hash_fields: ClassVar[tuple[str, ...]] = ("job",)
    job: str
    answer: Optional[str] = None

class Unhashed(Synapse):
    job: str
    answer: Optional[str] = None
Unhashed.__name__ = "AssayJob"

class Spoilt(Dendrite):
    """Spoils a request after it was signed."""
    spoil = None
    def preprocess_synapse_for_request(self, axon, synapse, timeout=12.0):
        synapse = super().preprocess_synapse_for_request(axon, synapse, timeout)
        if self.spoil == "unsigned":
            synapse.dendrite.signature = None
        if self.spoil == "empty":
            synapse.dendrite.signature = ""
        if self.spoil == "tampered":
            synapse.job = synapse.job.replace('"netuid":1', '"netuid":2')
        if self.spoil == "nonce":
            synapse.dendrite.nonce += 1
        return synapse

async def main():
    given = json.load(sys.stdin)
    key = Keypair.create_from_uri(given["uri"])
    said = []
    async with Spoilt(wallet=key) as dendrite:
        for step in given["steps"]:
            hotkey = step.get("hotkey", given["hotkey"])
            axon = AxonInfo(version=10002000, ip=given["ip"], port=given["port"], ip_type=4,
                hotkey=hotkey, coldkey=hotkey)
            dendrite.spoil = step.get("spoil")
            kind = Unhashed if step.get("spoil") == "unhashed" else AssayJob
            synapse = await dendrite.call(axon, kind(job=step["job"]), timeout=10.0, deserialize=False)
            a = synapse.axon
            message = f"{a.nonce}.{key.ss58_address}.{given['hotkey']}.{a.uuid}"
            said.append({
                "status": synapse.dendrite.status_code, "message": synapse.dendrite.status_message,
                "success": synapse.is_success, "answer": synapse.answer, "job": synapse.job,
                "signed": bool(a.signature) and Keypair(ss58_address=given["hotkey"]).verify(message, a.signature),
            })
    print(json.dumps(said))
asyncio.run(main())
`;

interface Step {
  readonly job: string;
  readonly spoil?: "unsigned" | "empty" | "tampered" | "nonce" | "unhashed";
  /** Of the Axon, where it is not the miner's. */
  readonly hotkey?: string;
}

interface Said {
  readonly status: number | string;
  readonly message: string;
  readonly success: boolean;
  readonly answer: string | null;
  readonly job: string;
  /** The Axon's own signature holds. */
  readonly signed: boolean;
}

/** What one Dendrite is told, step by step, by a miner that listens on `ip`. */
async function converse(ip: string, steps: readonly Step[], uri = "//Validator"): Promise<Said[]> {
  const interpreter = await python(PACKAGES);
  const { desk, peers, seenRequests, close } = openDesk();
  const bridge = new DendriteBridge({ desk, peers, signer: miner, dendrites: seenRequests });
  const server = await startServer(
    { host: ip, port: 0, jobs: 1 },
    {
      desk: (request, gone) => desk.answer(request, gone),
      bridge: (request, gone) => bridge.answer(request, gone),
      info: { version: "0", hotkey: miner.hotkey, circuits: [] },
      obstacle: () => undefined,
      metrics: { contentType: "text/plain", render: async () => "" },
      ...{ onRefused: () => {}, onFault: () => {} },
    },
  );
  try {
    const { port } = server.endpoint;
    const input = { uri, ip, port, hotkey: miner.hotkey, steps };
    return (await runPython(interpreter, PROGRAM, input)) as Said[];
  } finally {
    await server.close();
    close();
  }
}

const textOf = (job: Job): string => new TextDecoder().decode(bodyOf(job));

async function isAnswered(ip: string): Promise<void> {
  const jobs = [draftJob(), draftJob()];
  const texts = jobs.map(textOf);
  const said = await converse(
    ip,
    texts.map((job) => ({ job })),
  );
  jobs.forEach((job, i) => {
    const one = said[i];
    const answer = answerFromJson(JSON.parse(one?.answer ?? "null"));
    deepStrictEqual(
      [one?.status, one?.message, one?.success, one?.job, one?.signed],
      [200, "Success", true, texts[i], true],
    );
    deepStrictEqual([answerHasValidSignature(job, answer), [...answer.outputs]], [true, [7]]);
  });
}

async function isRefused(): Promise<void> {
  const job = textOf(draftJob());
  const spoils = ["unsigned", "empty", "tampered", "nonce", "unhashed"] as const;
  const said = await converse("127.0.0.1", [
    ...spoils.map((spoil) => ({ job, spoil })),
    { job, hotkey: "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty" },
    { job: "{}" },
    // Nothing of the above has used it up.
    { job },
    { job },
  ]);
  const codes = said.map(({ status, message }) => `${status} ${message.split(":")[0]}`);
  deepStrictEqual(codes, [
    ...spoils.map(() => "401 BAD_SIGNATURE"),
    ...["401 WRONG_RECEIVER", "400 MALFORMED_JOB", "200 Success", "400 DUPLICATE_JOB"],
  ]);
}

async function strangerIsRefused(): Promise<void> {
  const [said] = await converse("127.0.0.1", [{ job: textOf(draftJob()) }], "//Stranger");
  deepStrictEqual(
    [said?.status, said?.message.split(":")[0], said?.success],
    [403, "NOT_REGISTERED", false],
  );
}

export const checks: readonly Check[] = [
  {
    ...{ name: "a Dendrite gets answers at 127.0.0.1, and the Axon's signature holds", against },
    run: () => isAnswered("127.0.0.1"),
  },
  {
    ...{ name: "a Dendrite gets answers at 127.0.0.2", against },
    run: () => isAnswered("127.0.0.2"),
  },
  {
    ...{ name: "a Dendrite's request unsigned, changed or unhashed is refused", against },
    run: isRefused,
  },
  { name: "a Dendrite of a stranger is refused", against, run: strangerIsRefused },
];
