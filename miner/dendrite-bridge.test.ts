/**
 * @module The door for Dendrites, over HTTP: closed unless opened, and then the same desk behind it. That a Dendrite of
 * Bittensor itself comes through is for scripts/interop/dendrite.ts to show.
 */
import { afterEach, describe, expect, it } from "vitest";
import { answerFromJson, answerHasValidSignature } from "../protocol/answer.ts";
import { fromPrefixedHex } from "../protocol/hex.ts";
import type { Job } from "../protocol/job.ts";
import { SYNAPSE, SYNAPSE_PATH, synapseBodyHash } from "../protocol/legacy-dendrite.ts";
import { freshNonce } from "../protocol/request-auth.ts";
import { type Signer, verifySignature } from "../protocol/signature.ts";
import { DendriteBridge } from "./dendrite-bridge.ts";
import { type Server, startServer } from "./server.ts";
import { bodyOf, draftJob, miner, openDesk, validator } from "./testing.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start({
  open,
}: {
  readonly open: boolean;
}): Promise<Server & { refused: string[] }> {
  const { desk, peers, seenRequests, close } = openDesk();
  undo.push(close);
  const bridge = new DendriteBridge({ ...{ desk, peers, signer: miner }, dendrites: seenRequests });
  const refused: string[] = [];
  const server = await startServer(
    { host: "127.0.0.1", port: 0, jobs: 1 },
    {
      desk: (request, gone) => desk.answer(request, gone),
      ...(open && { bridge: (request, gone) => bridge.answer(request, gone) }),
      info: { version: "1.2.3", hotkey: miner.hotkey, circuits: [] },
      obstacle: () => undefined,
      metrics: { contentType: "text/plain", render: async () => "" },
      onRefused: (code) => refused.push(code),
      onFault: (fault) => refused.push(String(fault)),
    },
  );
  undo.push(() => server.close());
  return { ...server, refused };
}

const UUID = "2e9dba72-e849-11f1-9eed-02fc00000001";

/** What a Dendrite sends, as 10.2.0 does. */
function headersOf(text: string, by: Signer = validator): Record<string, string> {
  const nonce = freshNonce();
  const hash = synapseBodyHash([text]);
  const message = `${nonce}.${by.hotkey}.${miner.hotkey}.${UUID}.${hash}`;
  const signature = Buffer.from(by.sign(Buffer.from(message))).toString("hex");
  return {
    ...{ "content-type": "application/json", name: SYNAPSE, timeout: "12.0" },
    bt_header_axon_hotkey: miner.hotkey,
    bt_header_dendrite_version: "10002000",
    bt_header_dendrite_nonce: String(nonce),
    bt_header_dendrite_uuid: UUID,
    bt_header_dendrite_hotkey: by.hotkey,
    bt_header_dendrite_signature: `0x${signature}`,
    computed_body_hash: hash,
  };
}

function send(
  { endpoint }: Server,
  text: string,
  headers: Record<string, string> = headersOf(text),
): Promise<Response> {
  const body = JSON.stringify({ name: SYNAPSE, timeout: 12, job: text, answer: null });
  const url = `http://${endpoint.ip}:${endpoint.port}${SYNAPSE_PATH}`;
  return fetch(url, { method: "POST", headers, body });
}

const textOf = (job: Job): string => new TextDecoder().decode(bodyOf(job));

async function refusalOf(response: Response): Promise<[number, string, string | null]> {
  const { message } = (await response.json()) as { message: string };
  const code = message.split(":")[0] ?? "";
  return [response.status, code, response.headers.get("bt_header_axon_status_code")];
}

describe("the door for Dendrites", () => {
  it("is closed unless it is opened", async () => {
    const server = await start({ open: false });
    expect((await send(server, textOf(draftJob()))).status).toBe(404);
    expect(server.refused).toEqual(["NOT_FOUND"]);
  });

  it("lets a job in, and its answer out, signed twice", async () => {
    const server = await start({ open: true });
    const job = draftJob();
    const text = textOf(job);
    const response = await send(server, text);
    const synapse = (await response.json()) as { job: string; answer: string };
    expect([response.status, synapse.job]).toEqual([200, text]);
    const answer = answerFromJson(JSON.parse(synapse.answer));
    expect(answerHasValidSignature(job, answer)).toBe(true);
    const header = (name: string) => response.headers.get(`bt_header_axon_${name}`);
    const [nonce, uuid] = [header("nonce"), header("uuid")];
    const message = Buffer.from(`${nonce}.${validator.hotkey}.${miner.hotkey}.${uuid}`);
    const signature = fromPrefixedHex(header("signature"), 64) ?? new Uint8Array();
    expect(verifySignature(message, signature, miner.hotkey)).toBe(true);
  });

  it("refuses a request that comes twice, and a job that does", async () => {
    const server = await start({ open: true });
    const text = textOf(draftJob());
    const headers = headersOf(text);
    expect((await send(server, text, headers)).status).toBe(200);
    const replayed = await send(server, text, headers);
    expect(await refusalOf(replayed)).toEqual([401, "REPLAYED_REQUEST", "401"]);
    expect(await refusalOf(await send(server, text))).toEqual([400, "DUPLICATE_JOB", "400"]);
    expect(server.refused).toEqual(["REPLAYED_REQUEST", "DUPLICATE_JOB"]);
  });

  it("refuses who does not sign, signs another job, or sends another's", async () => {
    const server = await start({ open: true });
    const text = textOf(draftJob());
    const { bt_header_dendrite_signature: _, ...unsigned } = headersOf(text);
    expect(await refusalOf(await send(server, text, unsigned))).toEqual([
      ...[401, "BAD_SIGNATURE", "401"],
    ]);
    const other = await send(server, text, headersOf(textOf(draftJob())));
    expect(await refusalOf(other)).toEqual([401, "BAD_SIGNATURE", "401"]);
    const foreign = await send(server, text, headersOf(text, miner));
    expect(await refusalOf(foreign)).toEqual([403, "WRONG_SENDER", "403"]);
    expect((await send(server, text)).status).toBe(200);
  });

  it("tells why a job is not taken, and signs that for whom it knows", async () => {
    const server = await start({ open: true });
    const response = await send(server, textOf(draftJob({ expiryBlock: 0 })));
    expect(response.headers.get("bt_header_axon_signature")).toMatch(/^0x[0-9a-f]{128}$/);
    expect(await refusalOf(response)).toEqual([400, "EXPIRED", "400"]);
  });
});
