/**
 * @module btauth/1: Bittensor's own vector, every byte that may be flipped, both ends of the window, and a store that is
 * asked only after a good signature.
 */
import { readFileSync } from "node:fs";
import { Keyring } from "@polkadot/keyring";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hotkey, hotkeyOf } from "./hotkey.ts";
import type { Keeping, ReplayStore } from "./replay.ts";
import {
  type AuthRefusal,
  type AuthTerms,
  authenticateRequest,
  MAX_AGE_NS,
  MAX_AHEAD_NS,
  type ReceivedRequest,
  type RequestLine,
  type RequestNames,
  requestMessage,
  signRequest,
} from "./request-auth.ts";
import type { SignatureScheme } from "./scheme.ts";
import type { Signer } from "./signature.ts";
import { alice, bob, charlie } from "./testing.ts";

const VECTOR = JSON.parse(
  readFileSync(new URL("../test/vectors/btauth.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;
const vector = (name: string): string => VECTOR[name] ?? "";

const NOW = BigInt(vector("nonce"));
const edPair = new Keyring({ type: "ed25519", ss58Format: 42 }).addFromUri("//Alice");
const edAlice: Signer = {
  hotkey: hotkeyOf(edPair.publicKey),
  sign: (message) => edPair.sign(message),
};

const LINE: RequestLine = {
  method: "POST",
  target: "/v1/jobs?a=b",
  body: new TextEncoder().encode('{"job":1}'),
};

/** Remembers for as long as the test runs. */
class Remembering implements ReplayStore {
  readonly kept: string[] = [];

  add(sender: string, nonce: bigint): Keeping {
    const key = `${sender} ${nonce}`;
    if (this.kept.includes(key)) return "known";
    this.kept.push(key);
    return "kept";
  }
}

const SCHEMES = new Map<string, SignatureScheme>([
  [alice.hotkey, "sr25519"],
  [edAlice.hotkey, "ed25519"],
]);

function termsOf(changes: Partial<AuthTerms> = {}): AuthTerms {
  const schemeOf = (sender: string): SignatureScheme | undefined => SCHEMES.get(sender);
  return { self: bob.hotkey, nowNs: NOW, schemeOf, replays: new Remembering(), ...changes };
}

function received(
  signer: Signer = alice,
  names: Partial<RequestNames> = {},
  line: RequestLine = LINE,
): ReceivedRequest {
  const headers = signRequest(line, names.receiver ?? bob.hotkey, signer, { nonce: NOW, ...names });
  return {
    ...line,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
  };
}

const withHeader = (name: string, value: string | string[] | undefined): ReceivedRequest => {
  const request = received();
  return { ...request, headers: { ...request.headers, [name]: value } };
};

const refusalOf = (request: ReceivedRequest, terms = termsOf()): AuthRefusal | "accepted" => {
  const outcome = authenticateRequest(request, terms);
  return "sender" in outcome ? "accepted" : outcome.refusal;
};

describe("Bittensor's vector", () => {
  const line = {
    method: vector("method"),
    target: vector("target"),
    body: new TextEncoder().encode(vector("body")),
  };
  const names = { receiver: hotkey(vector("receiver")), nonce: NOW, scheme: "ed25519" } as const;

  test("is signed byte for byte", () => {
    expect(edAlice.hotkey).toBe(vector("sender"));
    const message = new TextDecoder().decode(
      requestMessage(line, { ...names, sender: edAlice.hotkey }),
    );
    expect(message.split("\n")[4]).toBe(vector("bodySha256"));
    expect(signRequest(line, names.receiver, edAlice, names)).toEqual({
      "X-Bittensor-Version": "1",
      "X-Bittensor-Hotkey": vector("sender"),
      "X-Bittensor-Receiver": vector("receiver"),
      "X-Bittensor-Nonce": vector("nonce"),
      "X-Bittensor-Crypto": "ed25519",
      "X-Bittensor-Signature": vector("signature"),
    });
  });

  test("is accepted, and refused for another body", () => {
    const request = received(edAlice, names, line);
    expect(authenticateRequest(request, termsOf())).toEqual({ sender: edAlice.hotkey });
    expect(refusalOf({ ...request, body: LINE.body })).toBe("BAD_SIGNATURE");
  });
});

describe("a request", () => {
  test("is accepted once, under sr25519, whose header is left out or says so", () => {
    const terms = termsOf();
    expect(received().headers["x-bittensor-crypto"]).toBeUndefined();
    expect(authenticateRequest(received(), terms)).toEqual({ sender: alice.hotkey });
    expect(refusalOf(received(), terms)).toBe("REPLAYED_REQUEST");
    expect(refusalOf(received(alice, { nonce: NOW + 1n }), terms)).toBe("accepted");
    expect(refusalOf(withHeader("x-bittensor-crypto", "sr25519"))).toBe("accepted");
  });

  test.each<[string, ReceivedRequest]>([
    ["without a signature", withHeader("x-bittensor-signature", undefined)],
    ["with an empty signature", withHeader("x-bittensor-signature", "")],
    ["with a signature of no bytes", withHeader("x-bittensor-signature", "0x")],
    ["with a short signature", withHeader("x-bittensor-signature", `0x${"00".repeat(63)}`)],
    ["with a signature in capitals", withHeader("x-bittensor-signature", `0x${"AB".repeat(64)}`)],
    ["with two signatures", withHeader("x-bittensor-signature", ["0x", "0x"])],
    ["without a version", withHeader("x-bittensor-version", undefined)],
    ["of another version", withHeader("x-bittensor-version", "2")],
    ["without a sender", withHeader("x-bittensor-hotkey", undefined)],
    ["of a sender that is no hotkey", withHeader("x-bittensor-hotkey", "alice")],
    ["without a nonce", withHeader("x-bittensor-nonce", undefined)],
    ["with a nonce that is no plain number", withHeader("x-bittensor-nonce", `+${NOW}`)],
    ["with a nonce that begins with zero", withHeader("x-bittensor-nonce", `0${NOW}`.slice(0, 19))],
    ["with a nonce that no store can keep", withHeader("x-bittensor-nonce", `${2n ** 63n}`)],
    ["under a scheme that nobody here knows", withHeader("x-bittensor-crypto", "mldsa")],
    ["with a line break in its target", { ...received(), target: "/v1/jobs\n" }],
    ["with a method in small letters", { ...received(), method: "post" }],
  ])("%s is malformed", (_, request) => {
    expect(refusalOf(request)).toBe("MALFORMED_AUTH");
  });

  test("to another hotkey is refused, as is one to nobody", () => {
    expect(refusalOf(received(alice, { receiver: charlie.hotkey }))).toBe("WRONG_RECEIVER");
    expect(refusalOf(withHeader("x-bittensor-receiver", charlie.hotkey))).toBe("WRONG_RECEIVER");
    expect(refusalOf(withHeader("x-bittensor-receiver", undefined))).toBe("WRONG_RECEIVER");
  });

  test("is fresh at both ends of the window, and stale or of the future beyond them", () => {
    const at = (nowNs: bigint) => refusalOf(received(), termsOf({ nowNs }));
    expect(at(NOW + MAX_AGE_NS)).toBe("accepted");
    expect(at(NOW + MAX_AGE_NS + 1n)).toBe("STALE_REQUEST");
    expect(at(NOW - MAX_AHEAD_NS)).toBe("accepted");
    expect(at(NOW - MAX_AHEAD_NS - 1n)).toBe("FUTURE_REQUEST");
  });

  test("of somebody unknown is refused before its signature is looked at", () => {
    const unsigned = { ...received(charlie), body: new Uint8Array() };
    expect(refusalOf(unsigned)).toBe("NOT_REGISTERED");
  });

  test("is never checked under the scheme of its header, only under the registered one", () => {
    const terms = termsOf({ schemeOf: () => "sr25519" });
    expect(refusalOf(received(edAlice, { scheme: "ed25519" }), terms)).toBe("BAD_SIGNATURE");
    // The same, without saying so.
    const silent = received(edAlice, { scheme: "sr25519" });
    expect(refusalOf(silent, terms)).toBe("BAD_SIGNATURE");
    // And a header that names another scheme than the signature's is no good one's.
    expect(refusalOf(withHeader("x-bittensor-crypto", "ed25519"), terms)).toBe("BAD_SIGNATURE");
  });

  test("of the zero key, for which anybody signs, is refused under either scheme", () => {
    const nobody: Signer = { hotkey: hotkeyOf(new Uint8Array(32)), sign: () => new Uint8Array(64) };
    for (const scheme of ["sr25519", "ed25519"] as const) {
      const terms = termsOf({ schemeOf: () => scheme });
      expect(refusalOf(received(nobody, { scheme }), terms)).toBe("BAD_SIGNATURE");
    }
  });

  test("that is refused leaves its nonce to its owner", () => {
    const replays = new Remembering();
    const forged = { ...received(), body: new Uint8Array() };
    expect(refusalOf(forged, termsOf({ replays }))).toBe("BAD_SIGNATURE");
    expect(replays.kept).toEqual([]);
    expect(refusalOf(received(), termsOf({ replays }))).toBe("accepted");
  });

  test("of a sender with too many nonces waits", () => {
    expect(refusalOf(received(), termsOf({ replays: { add: () => "full" } }))).toBe("QUEUE_FULL");
  });
});

describe("any request", () => {
  const anyLine = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT"),
    target: fc
      .string({ unit: fc.constantFrom(..."abc/?=&%20"), maxLength: 30 })
      .map((s) => `/${s}`),
    body: fc.uint8Array({ minLength: 1, maxLength: 60 }),
  });
  const anySigner = fc.constantFrom<[Signer, SignatureScheme]>(
    [alice, "sr25519"],
    [edAlice, "ed25519"],
  );

  test("is accepted as it was signed, and refused with one byte changed, wherever", () => {
    fc.assert(
      fc.property(anyLine, anySigner, fc.nat(), fc.integer({ min: 1, max: 255 }), (...drawn) => {
        const [line, [signer, scheme], at, by] = drawn;
        const request = received(signer, { scheme }, line);
        expect(refusalOf(request)).toBe("accepted");
        const changed = (text: string): string => {
          const bytes = Buffer.from(text, "latin1");
          const i = at % bytes.length;
          bytes[i] = (bytes[i] ?? 0) ^ by;
          return bytes.toString("latin1");
        };
        for (const [name, value] of Object.entries(request.headers)) {
          const headers = { ...request.headers, [name]: changed(String(value)) };
          expect(refusalOf({ ...request, headers }), name).not.toBe("accepted");
        }
        expect(refusalOf({ ...request, method: changed(line.method) })).not.toBe("accepted");
        expect(refusalOf({ ...request, target: changed(line.target) })).not.toBe("accepted");
        const body = Buffer.from(changed(Buffer.from(line.body).toString("latin1")), "latin1");
        expect(refusalOf({ ...request, body })).toBe("BAD_SIGNATURE");
      }),
      { numRuns: 25 },
    );
  });

  test("is signed only if HTTP can carry it", () => {
    for (const line of [
      { ...LINE, target: "v1/jobs" },
      { ...LINE, target: "/a b" },
      { ...LINE, target: "/a\nb" },
      { ...LINE, method: "post" },
    ]) {
      expect(() => signRequest(line, bob.hotkey, alice)).toThrow(
        expect.objectContaining({ code: "MALFORMED_AUTH" }),
      );
    }
  });

  test("is signed at this moment, and each time with a nonce of its own", () => {
    const nonces = Array.from({ length: 50 }, () =>
      BigInt(signRequest(LINE, bob.hotkey, alice)["X-Bittensor-Nonce"] ?? "0"),
    );
    expect(new Set(nonces).size).toBe(50);
    for (const nonce of nonces) {
      expect(Math.abs(Number(nonce / 1_000_000n) - Date.now())).toBeLessThan(5_000);
    }
  });
});
