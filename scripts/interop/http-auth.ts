/**
 * btauth/1 against `bittensor.http_auth`: each side verifies what the other signs, and refuses what was changed on the
 * way; and a request that Bittensor signs is answered by a miner.
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { Keyring } from "@polkadot/keyring";
import { startServer } from "../../miner/server.ts";
import { bodyOf, draftJob, miner, openDesk } from "../../miner/testing.ts";
import { answerFromJson, answerHasValidSignature } from "../../protocol/answer.ts";
import { type Hotkey, hotkeyOf } from "../../protocol/hotkey.ts";
import type { Keeping, ReplayStore } from "../../protocol/replay.ts";
import {
  authenticateRequest,
  freshNonce,
  nowNs,
  type RequestLine,
  requestMessage,
  signRequest,
} from "../../protocol/request-auth.ts";
import type { SignatureScheme } from "../../protocol/scheme.ts";
import type { Signer } from "../../protocol/signature.ts";
import { JOB_PATH } from "../../protocol/wire.ts";
import type { Check } from "./check.ts";
import { python, runPython } from "./venv.ts";

const PACKAGES = ["bittensor==11.3.0"];
const against = "bittensor 11.3.0";
const SECOND_NS = 1_000_000_000n;

/** Runs each step of the list it reads: builds a payload, signs, or verifies, and says what came. */
const PROGRAM = `
import json, sys
from bittensor import http_auth
from bittensor.wallets import Keypair
CRYPTO = {"ed25519": 0, "sr25519": 1}
store = http_auth.InMemoryNonceStore()
def run(step):
    line = {"method": step["method"], "path": step["target"], "body": bytes.fromhex(step["body"])}
    nonce = int(step["nonce"]) if "nonce" in step else None
    if step["do"] == "build":
        return http_auth.build_payload(**line, scheme=step["scheme"], nonce_ns=nonce,
            sender_ss58=step["sender"], receiver_ss58=step["receiver"]).hex()
    if step["do"] == "sign":
        key = Keypair.create_from_uri(step["uri"], crypto_type=CRYPTO[step["scheme"]])
        return http_auth.sign(key, **line, receiver_ss58=step["receiver"], nonce_ns=nonce)
    try:
        caller = http_auth.verify(step["headers"], line["body"], method=line["method"], path=line["path"],
            self_hotkey_ss58=step["self"], nonce_store=store)
        return caller.hotkey_ss58
    except http_auth.AuthError as error:
        return type(error).__name__
print(json.dumps([run(step) for step in json.load(sys.stdin)]))
`;

interface Step extends Readonly<Record<string, unknown>> {
  readonly do: "build" | "sign" | "verify";
}

async function ask(steps: readonly Step[]): Promise<unknown[]> {
  return (await runPython(await python(PACKAGES), PROGRAM, steps)) as unknown[];
}

const LINE: RequestLine = {
  method: "POST",
  target: "/v1/jobs?stream=false&q=%20",
  body: new TextEncoder().encode('{"prompt":"h\u00e9llo"}'),
};
const wire = ({ method, target, body }: RequestLine = LINE) => ({
  ...{ method, target },
  body: Buffer.from(body).toString("hex"),
});

function signerOf(uri: string, scheme: SignatureScheme): Signer {
  const pair = new Keyring({ type: scheme, ss58Format: 42 }).addFromUri(uri);
  return { hotkey: hotkeyOf(pair.publicKey), sign: (message) => pair.sign(message) };
}
const BOB = signerOf("//Bob", "sr25519").hotkey;
const CHARLIE = signerOf("//Charlie", "sr25519").hotkey;

/** Of this run only. */
class Remembering implements ReplayStore {
  readonly #kept = new Set<string>();

  add(sender: Hotkey, nonce: bigint): Keeping {
    const [key, size] = [`${sender} ${nonce}`, this.#kept.size];
    return this.#kept.add(key).size === size ? "known" : "kept";
  }
}

async function verifiesOurs(scheme: SignatureScheme): Promise<void> {
  const signer = signerOf("//Alice", scheme);
  const sign = (nonce = freshNonce()) => signRequest(LINE, BOB, signer, { nonce, scheme });
  const verify = (headers: Record<string, string>, changes = {}): Step => ({
    ...{ do: "verify", ...wire(), self: BOB, headers },
    ...changes,
  });
  const [once, late, early] = [
    sign(),
    sign(nowNs() - 11n * SECOND_NS),
    sign(nowNs() + 60n * SECOND_NS),
  ];
  const { "X-Bittensor-Signature": _, ...unsigned } = sign();
  deepStrictEqual(
    await ask([
      verify(once),
      verify(once),
      verify(sign(), { body: `${wire().body}00` }),
      verify(sign(), { target: "/v1/jobs" }),
      verify(sign(), { method: "PUT" }),
      verify(sign(), { self: CHARLIE }),
      verify({ ...sign(), "X-Bittensor-Receiver": CHARLIE }, { self: CHARLIE }),
      verify(late),
      verify(early),
      verify(unsigned),
    ]),
    [
      signer.hotkey,
      "ReplayedRequest",
      ...["BadSignature", "BadSignature", "BadSignature"],
      ...["WrongReceiver", "BadSignature"],
      ...["StaleRequest", "StaleRequest"],
      "MalformedAuth",
    ],
  );
}

async function theirsAreVerified(scheme: SignatureScheme): Promise<void> {
  const { hotkey } = signerOf("//Alice", scheme);
  const sign: Step = { do: "sign", uri: "//Alice", scheme, ...wire(), receiver: BOB };
  const [headers, unbound] = (await ask([sign, { ...sign, receiver: null }])) as [
    Record<string, string>,
    Record<string, string>,
  ];
  const replays = new Remembering();
  const verify = (changes: {
    readonly line?: RequestLine;
    readonly headers?: Record<string, string>;
    readonly self?: Hotkey;
    readonly aheadNs?: bigint;
    readonly registered?: SignatureScheme;
  }): string => {
    const sent = Object.entries(changes.headers ?? headers);
    const outcome = authenticateRequest(
      {
        ...(changes.line ?? LINE),
        headers: Object.fromEntries(sent.map(([name, value]) => [name.toLowerCase(), value])),
      },
      {
        ...{ self: changes.self ?? BOB, nowNs: nowNs() + (changes.aheadNs ?? 0n), replays },
        schemeOf: () => changes.registered ?? scheme,
      },
    );
    return "sender" in outcome ? outcome.sender : outcome.refusal;
  };
  deepStrictEqual(
    [
      verify({ line: { ...LINE, body: new Uint8Array() } }),
      verify({ line: { ...LINE, target: JOB_PATH } }),
      verify({ self: CHARLIE }),
      verify({ headers: unbound }),
      verify({ aheadNs: 11n * SECOND_NS }),
      verify({ aheadNs: -60n * SECOND_NS }),
      verify({ registered: scheme === "sr25519" ? "ed25519" : "sr25519" }),
      verify({ headers: { ...headers, "X-Bittensor-Signature": "" } }),
      verify({}),
      verify({}),
    ],
    [
      ...["BAD_SIGNATURE", "BAD_SIGNATURE", "WRONG_RECEIVER", "WRONG_RECEIVER"],
      ...["STALE_REQUEST", "FUTURE_REQUEST", "BAD_SIGNATURE", "MALFORMED_AUTH"],
      ...[hotkey, "REPLAYED_REQUEST"],
    ],
  );
}

async function payloadsAreEqual(): Promise<void> {
  const cases = (["sr25519", "ed25519"] as const).map((scheme) => {
    const names = { scheme, nonce: freshNonce(), sender: CHARLIE, receiver: BOB };
    return { names, ours: Buffer.from(requestMessage(LINE, names)).toString("hex") };
  });
  const steps = cases.map(
    ({ names }): Step => ({ do: "build", ...wire(), ...names, nonce: String(names.nonce) }),
  );
  deepStrictEqual(
    await ask(steps),
    cases.map(({ ours }) => ours),
  );
}

/** The job is ours; who sends it, says Bittensor. */
async function minerAnswers(): Promise<void> {
  const { desk, close } = openDesk();
  const server = await startServer(
    { host: "127.0.0.2", port: 0, jobs: 1 },
    {
      desk: (request, gone) => desk.answer(request, gone),
      info: { version: "0", hotkey: miner.hotkey, circuits: [] },
      obstacle: () => undefined,
      metrics: { contentType: "text/plain", render: async () => "" },
      ...{ onRefused: () => {}, onFault: () => {} },
    },
  );
  try {
    const job = draftJob();
    const body = bodyOf(job);
    const line = { method: "POST", target: JOB_PATH, body };
    const names = { uri: "//Validator", scheme: "sr25519", receiver: miner.hotkey };
    const [headers] = (await ask([{ do: "sign", ...names, ...wire(line) }])) as [
      Record<string, string>,
    ];
    const send = (by: Record<string, string>): Promise<Response> =>
      fetch(`http://${server.endpoint.ip}:${server.endpoint.port}${JOB_PATH}`, {
        ...{ method: "POST", body },
        headers: { "content-type": "application/json", ...by },
      });
    const response = await send(headers);
    const signed = answerHasValidSignature(job, answerFromJson(await response.json()));
    const unsigned = await send({ ...headers, "X-Bittensor-Signature": "" });
    deepStrictEqual(
      [response.status, signed, unsigned.status, (await send(headers)).status],
      [200, true, 401, 401],
    );
  } finally {
    await server.close();
    close();
  }
}

export const checks: readonly Check[] = [
  { name: "the signed bytes are the same", against, run: payloadsAreEqual },
  ...(["sr25519", "ed25519"] as const).flatMap((scheme): Check[] => [
    {
      ...{ name: `${scheme}: bittensor verifies what we sign, and refuses it changed`, against },
      run: () => verifiesOurs(scheme),
    },
    {
      ...{ name: `${scheme}: we verify what bittensor signs, and refuse it changed`, against },
      run: () => theirsAreVerified(scheme),
    },
  ]),
  { name: "a miner answers a job that bittensor sends, once", against, run: minerAnswers },
];
