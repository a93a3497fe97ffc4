/**
 * btauth/1, by which an HTTP request of Bittensor says who sends it: hotkey X, to hotkey Y, with exactly this method,
 * target and body, just now. Signed are eight lines, joined by "\n" without one at the end:
 *
 *     btauth/1 · scheme · METHOD · target as sent · SHA-256 of the body, hex · nonce · sender · receiver or "-"
 *
 * The nonce is the sender's clock in nanoseconds. Interoperates with `bittensor.http_auth` of PyPI's bittensor 11
 * (scripts/interop/http-auth.ts). docs/protocol.md, "Who asks".
 * @module
 */
import { createHash, randomInt } from "node:crypto";
import { ProtocolError } from "./error.ts";
import { fromPrefixedHex, toPrefixedHex } from "./hex.ts";
import { type Hotkey, isHotkey } from "./hotkey.ts";
import type { ReplayStore } from "./replay.ts";
import { isSignatureScheme, type SignatureScheme, verifyUnder } from "./scheme.ts";
import { SIGNATURE_BYTES, type Signer } from "./signature.ts";

const PROTOCOL = "btauth/1";
const VERSION = "1";

/** As sent. Receivers compare names without case, and Node hands them over in lower case. */
const HEADERS = {
  version: "X-Bittensor-Version",
  hotkey: "X-Bittensor-Hotkey",
  receiver: "X-Bittensor-Receiver",
  nonce: "X-Bittensor-Nonce",
  /** Absent for sr25519. */
  crypto: "X-Bittensor-Crypto",
  signature: "X-Bittensor-Signature",
} as const;

/** Older requests are refused: connecting takes 4 s at most, sending 3 s, and clocks are kept within 2 s. */
export const MAX_AGE_NS = 10_000_000_000n;
/** How far a sender's clock may be ahead. */
export const MAX_AHEAD_NS = 2_000_000_000n;

/** What is signed of a request. */
export interface RequestLine {
  /** Upper case. */
  readonly method: string;
  /** Path and query, percent-encoded as they go over the wire. */
  readonly target: string;
  readonly body: Uint8Array;
}

export interface RequestNames {
  readonly sender: Hotkey;
  readonly receiver: Hotkey;
  /** Nanoseconds since 1970. Above 2^53, so no number. */
  readonly nonce: bigint;
  readonly scheme: SignatureScheme;
}

/** The bytes that the sender signs. @throws ProtocolError `MALFORMED_AUTH` for what no request line can hold */
export function requestMessage(request: RequestLine, names: RequestNames): Uint8Array {
  if (!isRequestLine(request)) {
    throw new ProtocolError(
      "MALFORMED_AUTH",
      "expected a method in upper case and a target of visible ASCII that begins with /",
      "Pass method and target exactly as they are sent.",
    );
  }
  return new TextEncoder().encode(
    [
      PROTOCOL,
      names.scheme,
      request.method,
      request.target,
      createHash("sha256").update(request.body).digest("hex"),
      String(names.nonce),
      names.sender,
      names.receiver,
    ].join("\n"),
  );
}

/** This moment as a nonce. Every try is signed with one of its own: sent again, the same one is a replay. */
export function freshNonce(): bigint {
  // Date knows milliseconds. What is below them is drawn, so that two requests of one millisecond differ.
  return nowNs() + BigInt(randomInt(1_000_000));
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/**
 * The headers that say who sends this request.
 * @param scheme under which `signer` signs
 * @throws ProtocolError `MALFORMED_AUTH`
 */
export function signRequest(
  request: RequestLine,
  receiver: Hotkey,
  signer: Signer,
  { nonce = freshNonce(), scheme = "sr25519" }: Partial<RequestNames> = {},
): Record<string, string> {
  const message = requestMessage(request, { sender: signer.hotkey, receiver, nonce, scheme });
  return {
    [HEADERS.version]: VERSION,
    [HEADERS.hotkey]: signer.hotkey,
    [HEADERS.receiver]: receiver,
    [HEADERS.nonce]: String(nonce),
    ...(scheme === "sr25519" ? {} : { [HEADERS.crypto]: scheme }),
    [HEADERS.signature]: toPrefixedHex(signer.sign(message)),
  };
}

/** Why a request is not taken for that of whom it names. docs/protocol.md has a line for each. */
export type AuthRefusal =
  | "MALFORMED_AUTH"
  | "WRONG_RECEIVER"
  | "STALE_REQUEST"
  | "FUTURE_REQUEST"
  | "NOT_REGISTERED"
  | "BAD_SIGNATURE"
  | "REPLAYED_REQUEST"
  | "QUEUE_FULL";

export type Authenticated = { readonly sender: Hotkey } | { readonly refusal: AuthRefusal };

/** Headers by names in lower case, as Node gives them. */
export type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface ReceivedRequest extends RequestLine {
  readonly headers: ReceivedHeaders;
}

export interface AuthTerms {
  /** Requests to any other hotkey, or to none, are refused. */
  readonly self: Hotkey;
  readonly nowNs: bigint;
  /** The verifier's own word on who signs how; undefined for who is not known to it. */
  readonly schemeOf: (sender: Hotkey) => SignatureScheme | undefined;
  readonly replays: ReplayStore;
}

/**
 * Who sent this request, or why nobody is believed to have: the clauses of docs/protocol.md, "Who asks", in order. What
 * is cheap stands before the signature; the store is written only behind it, so that strangers cannot use up a nonce.
 * @throws what the store throws when it cannot keep the nonce: the request is then not taken
 */
export function authenticateRequest(request: ReceivedRequest, terms: AuthTerms): Authenticated {
  const claim = readClaim(request);
  if (claim === undefined) return { refusal: "MALFORMED_AUTH" };
  const { sender, nonce, signature } = claim;
  if (claim.receiver !== terms.self) return { refusal: "WRONG_RECEIVER" };
  if (terms.nowNs - nonce > MAX_AGE_NS) return { refusal: "STALE_REQUEST" };
  if (nonce - terms.nowNs > MAX_AHEAD_NS) return { refusal: "FUTURE_REQUEST" };
  const scheme = terms.schemeOf(sender);
  if (scheme === undefined) return { refusal: "NOT_REGISTERED" };
  // Never tried under another scheme than the registered one, whatever the header says.
  if (claim.scheme !== scheme) return { refusal: "BAD_SIGNATURE" };
  const message = requestMessage(request, { sender, receiver: terms.self, nonce, scheme });
  if (!verifyUnder(scheme, message, signature, sender)) return { refusal: "BAD_SIGNATURE" };
  const keeping = terms.replays.add(sender, nonce);
  if (keeping === "full") return { refusal: "QUEUE_FULL" };
  return keeping === "known" ? { refusal: "REPLAYED_REQUEST" } : { sender };
}

interface Claim {
  readonly sender: Hotkey;
  /** Undefined when the request is bound to nobody; compared, and nothing else. */
  readonly receiver: unknown;
  readonly nonce: bigint;
  readonly scheme: SignatureScheme;
  readonly signature: Uint8Array;
}

/** What the headers claim, each in its one form; a header that comes twice has none. */
function readClaim(request: ReceivedRequest): Claim | undefined {
  const header = (name: keyof typeof HEADERS): unknown =>
    request.headers[HEADERS[name].toLowerCase()];
  const [sender, receiver, scheme = "sr25519"] = [
    header("hotkey"),
    header("receiver"),
    header("crypto"),
  ];
  const nonce = nonceOf(header("nonce"));
  const signature = fromPrefixedHex(header("signature"), SIGNATURE_BYTES);
  if (header("version") !== VERSION || nonce === undefined || signature === undefined) {
    return undefined;
  }
  if (typeof sender !== "string" || !isHotkey(sender)) return undefined;
  if (typeof scheme !== "string" || !isSignatureScheme(scheme)) return undefined;
  return isRequestLine(request) ? { sender, receiver, nonce, scheme, signature } : undefined;
}

const MAX_NONCE = 2n ** 63n - 1n;

/** Nanoseconds in plain decimal, below 2^63, which is in the year 2262. */
export function nonceOf(header: unknown): bigint | undefined {
  if (typeof header !== "string" || !/^[1-9][0-9]{0,18}$/.test(header)) return undefined;
  const nonce = BigInt(header);
  return nonce <= MAX_NONCE ? nonce : undefined;
}

// No line break, or one line could be read as two.
function isRequestLine({ method, target }: RequestLine): boolean {
  return /^[A-Z]{1,16}$/.test(method) && /^\/[\x21-\x7e]*$/.test(target);
}
