/** @module What a Dendrite of Bittensor 10.2.0 really sent, accepted once; and every way to send it otherwise, refused. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPrefixedHex } from "./hex.ts";
import {
  AXON_STATUS,
  authenticateDendrite,
  axonHeaders,
  axonTerminal,
  type DendriteTerms,
  type HeardDendrite,
  synapseBodyHash,
  synapseToJson,
} from "./legacy-dendrite.ts";
import type { DendriteStore, Keeping } from "./replay.ts";
import type { ReceivedHeaders } from "./request-auth.ts";
import { type Signer, verifySignature } from "./signature.ts";
import { alice, bob, charlie } from "./testing.ts";

const VECTOR = JSON.parse(
  readFileSync(new URL("../test/vectors/dendrite.json", import.meta.url), "utf8"),
) as {
  headers: Record<string, string>;
  body: string;
  empty: string;
  intAndText: [hash: string, int: string, text: string];
};
const NONCE = BigInt(VECTOR.headers["bt_header_dendrite_nonce"] ?? "");
const UUID = VECTOR.headers["bt_header_dendrite_uuid"] ?? "";
const JOB = (JSON.parse(VECTOR.body) as { job: string }).job;
const SECOND = 1_000_000_000n;

class Rising implements DendriteStore {
  readonly #last = new Map<string, bigint>();

  advance(sender: string, uuid: string, nonce: bigint): Keeping {
    const key = `${sender}:${uuid}`;
    if (nonce <= (this.#last.get(key) ?? 0n)) return "known";
    this.#last.set(key, nonce);
    return "kept";
  }
}

const termsOf = (changes: Partial<DendriteTerms> = {}): DendriteTerms => ({
  self: bob.hotkey,
  nowNs: NONCE,
  isRegistered: (sender) => sender === alice.hotkey,
  dendrites: new Rising(),
  ...changes,
});

interface Sent {
  readonly headers?: ReceivedHeaders;
  readonly body?: string | Uint8Array;
}

function hear({ headers = {}, body = VECTOR.body }: Sent, terms = termsOf()): HeardDendrite {
  const received = {
    headers: { ...VECTOR.headers, ...headers },
    body: typeof body === "string" ? Buffer.from(body) : body,
  };
  return authenticateDendrite(received, terms);
}

const refusalOf = (sent: Sent, terms = termsOf()): string => {
  const heard = hear(sent, terms);
  return "request" in heard ? "accepted" : heard.refusal;
};

/** The vector with other headers, signed again. */
function signedAgain(headers: Record<string, string>, by: Signer = alice): Sent {
  const all = { ...VECTOR.headers, ...headers };
  const parts = ["dendrite_nonce", "dendrite_hotkey", "axon_hotkey", "dendrite_uuid"];
  const message = [
    ...parts.map((part) => all[`bt_header_${part}`]),
    all["computed_body_hash"],
  ].join(".");
  const signature = Buffer.from(by.sign(Buffer.from(message))).toString("hex");
  return { headers: { ...headers, bt_header_dendrite_signature: `0x${signature}` } };
}

describe("a Dendrite's request", () => {
  test("is accepted as it was sent, once", () => {
    const terms = termsOf();
    const request = { sender: alice.hotkey, uuid: UUID, nonce: NONCE, job: JOB };
    expect(hear({}, terms)).toEqual({ request });
    expect(refusalOf({}, terms)).toBe("REPLAYED_REQUEST");
  });

  test("is accepted again with a higher nonce, and not with a lower one that is fresh", () => {
    const terms = termsOf();
    const at = (nonce: bigint) => signedAgain({ bt_header_dendrite_nonce: String(nonce) });
    expect(refusalOf(at(NONCE + 2n), terms)).toBe("accepted");
    expect(refusalOf(at(NONCE + 1n), terms)).toBe("REPLAYED_REQUEST");
    expect(refusalOf(at(NONCE + 3n), terms)).toBe("accepted");
  });

  test("is refused without a signature, whichever way it is left out", () => {
    for (const signature of [undefined, "", "0x", "None", `0x${"00".repeat(64)}`]) {
      const headers = { bt_header_dendrite_signature: signature };
      expect(refusalOf({ headers })).toBe("BAD_SIGNATURE");
    }
  });

  test("is refused when its job, or the hash of it, is another", () => {
    const body = VECTOR.body.replace("00e9", "00e8");
    expect(refusalOf({ body })).toBe("BAD_SIGNATURE");
    const hash = synapseBodyHash([(JSON.parse(body) as { job: string }).job]);
    expect(refusalOf({ body, headers: { computed_body_hash: hash } })).toBe("BAD_SIGNATURE");
  });

  test("of a class that hashes no field is refused: its signature says nothing of the job", () => {
    expect(refusalOf(signedAgain({ computed_body_hash: VECTOR.empty }))).toBe("BAD_SIGNATURE");
  });

  test("is refused for another receiver, of a stranger, and signed by another than it names", () => {
    const other = signedAgain({ bt_header_axon_hotkey: charlie.hotkey });
    expect(refusalOf(other)).toBe("WRONG_RECEIVER");
    expect(refusalOf(other, termsOf({ self: charlie.hotkey }))).toBe("accepted");
    const stranger = signedAgain({ bt_header_dendrite_hotkey: charlie.hotkey }, charlie);
    expect(refusalOf(stranger)).toBe("NOT_REGISTERED");
    expect(refusalOf(signedAgain({}, charlie))).toBe("BAD_SIGNATURE");
  });

  test("is fresh for its timeout and four seconds, and four seconds ahead", () => {
    const at = (nowNs: bigint, sent: Sent = {}) => refusalOf(sent, termsOf({ nowNs }));
    expect(at(NONCE + 16n * SECOND - 1n)).toBe("accepted");
    expect(at(NONCE + 16n * SECOND)).toBe("STALE_REQUEST");
    expect(at(NONCE - 4n * SECOND)).toBe("accepted");
    expect(at(NONCE - 4n * SECOND - 1n)).toBe("FUTURE_REQUEST");
    // Nobody signs the timeout, so there is a limit to what it can make fresh.
    const patient = { headers: { timeout: "999999.0" } };
    expect(at(NONCE + 54n * SECOND - 1n, patient)).toBe("accepted");
    expect(at(NONCE + 54n * SECOND, patient)).toBe("STALE_REQUEST");
  });

  test.each<[string, Record<string, string | string[] | undefined>]>([
    ["of another Synapse", { name: "Synapse" }],
    ["without a nonce", { bt_header_dendrite_nonce: undefined }],
    ["with a nonce that is no plain number", { bt_header_dendrite_nonce: "-1" }],
    ["of a version before 7.2", { bt_header_dendrite_version: "7001999" }],
    ["of a version that has no Dendrites", { bt_header_dendrite_version: "11000000" }],
    ["with a uuid that could hold more than itself", { bt_header_dendrite_uuid: "a.b" }],
    ["without a timeout", { timeout: "None" }],
    ["of a sender that is no hotkey", { bt_header_dendrite_hotkey: "alice" }],
    ["with two receivers", { bt_header_axon_hotkey: [bob.hotkey, bob.hotkey] }],
  ])("%s is malformed", (_, headers) => {
    expect(refusalOf({ headers })).toBe("MALFORMED_AUTH");
  });

  test.each<[string, string]>([
    ["nothing", ""],
    ["a list", "[]"],
    ["another object", "{}"],
    ["a job that is no text", '{"job":1}'],
    ["a depth to fall into", "[".repeat(100_000)],
    ["more than a job can be", `${VECTOR.body.slice(0, -1)}${" ".repeat(300_000)}}`],
    ["no JSON", '{"job":"\u0000'],
  ])("with %s for a body carries no job", (_, body) => {
    expect(refusalOf({ body })).toBe("MALFORMED_JOB");
  });

  test("in bytes that are not UTF-8 carries no job", () => {
    const [head, tail] = [VECTOR.body.slice(0, -1), '"}'];
    const withNote = (note: number[]) =>
      Buffer.concat([Buffer.from(`${head},"note":"`), Buffer.from(note), Buffer.from(tail)]);
    expect(refusalOf({ body: withNote([0xc3, 0xa9]) })).toBe("accepted");
    expect(refusalOf({ body: withNote([0xc3]) })).toBe("MALFORMED_JOB");
  });

  test("of a sender with too many nonces waits", () => {
    expect(refusalOf({}, termsOf({ dendrites: { advance: () => "full" } }))).toBe("QUEUE_FULL");
  });

  test("is refused with one byte of what is signed changed, wherever", () => {
    const signed = ["dendrite_nonce", "dendrite_hotkey", "dendrite_uuid", "dendrite_signature"];
    const names = [...signed, "axon_hotkey"].map((name) => `bt_header_${name}`);
    fc.assert(
      fc.property(
        fc.constantFrom(...names, "computed_body_hash"),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (name, at, by) => {
          const bytes = Buffer.from(VECTOR.headers[name] ?? "", "latin1");
          const i = at % bytes.length;
          bytes[i] = (bytes[i] ?? 0) ^ by;
          const headers = { [name]: bytes.toString("latin1") };
          expect(refusalOf({ headers }), name).not.toBe("accepted");
        },
      ),
      { numRuns: 200 },
    );
  });
});

test("the body's hash is Python's, for no field and for whole numbers and text", () => {
  const [hash, int, text] = VECTOR.intAndText;
  expect(synapseBodyHash([])).toBe(VECTOR.empty);
  expect(synapseBodyHash([BigInt(int), text])).toBe(hash);
  expect(synapseBodyHash([text, BigInt(int)])).not.toBe(hash);
});

describe("an Axon's answer", () => {
  const state = { uuid: "u-1", nonce: 5n, status: 200, message: "Success", seconds: 0.5 };
  const request = { sender: alice.hotkey, uuid: UUID, nonce: NONCE, job: JOB };

  test("is signed by the miner, for whom it is", () => {
    const axon = axonTerminal(state, request, bob);
    const message = Buffer.from(`5.${alice.hotkey}.${bob.hotkey}.u-1`);
    const signature = fromPrefixedHex(axon["signature"], 64) ?? new Uint8Array();
    expect(verifySignature(message, signature, bob.hotkey)).toBe(true);
    expect(axonHeaders(axon)).toMatchObject({
      name: "AssayJob",
      bt_header_axon_nonce: "5",
      bt_header_axon_status_code: "200",
      bt_header_axon_signature: axon["signature"],
    });
    expect(synapseToJson("{}", axon, request)).toMatchObject({ job: JOB, answer: "{}", axon });
  });

  test("to nobody known is not signed", () => {
    const axon = axonTerminal({ ...state, status: 401 }, undefined, bob);
    expect(Object.keys(axonHeaders(axon))).not.toContain("bt_header_axon_signature");
  });

  test("has only statuses that a Dendrite knows", () => {
    for (const status of Object.values(AXON_STATUS)) {
      expect([400, 401, 403, 404, 408, 500, 503]).toContain(status);
    }
  });
});
