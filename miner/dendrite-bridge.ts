/**
 * The miner's door for Dendrites of Bittensor 7.2 to 10, opened only by whoever asks for it: their requests in, the same
 * desk behind it, their answers out. protocol/legacy-dendrite.ts.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Signer } from "../chain/chain.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import {
  AXON_STATUS,
  authenticateDendrite,
  axonHeaders,
  axonTerminal,
  type DendriteRequest,
  synapseToJson,
} from "../protocol/legacy-dendrite.ts";
import type { DendriteStore } from "../protocol/replay.ts";
import { nowNs, type ReceivedRequest } from "../protocol/request-auth.ts";
import type { RefusalCode } from "../protocol/wire.ts";
import type { Desk, Reply } from "./desk.ts";
import type { Peers } from "./peers.ts";
import { REFUSAL_TEXTS } from "./refusal-texts.ts";

export interface BridgeParts {
  readonly desk: Pick<Desk, "answerSender">;
  readonly signer: Signer;
  readonly dendrites: DendriteStore;
  readonly peers: Pick<Peers, "current">;
}

export type Bridged =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** To be sent as JSON. */
      readonly body: unknown;
      readonly refusal: RefusalCode | undefined;
    }
  /** Nobody listens any more. */
  | { readonly abandoned: true };

export class DendriteBridge {
  readonly #parts: BridgeParts;
  readonly #uuid = randomUUID();

  constructor(parts: BridgeParts) {
    this.#parts = parts;
  }

  /** @param gone aborted when whoever asked has hung up */
  async answer(received: ReceivedRequest, gone: AbortSignal): Promise<Bridged> {
    const receivedMs = performance.now();
    const { desk, signer, dendrites, peers } = this.#parts;
    const neurons = peers.current()?.neurons;
    if (neurons === undefined) return this.#render({ refusal: "CHAIN_UNAVAILABLE" }, receivedMs);
    const heard = authenticateDendrite(received, {
      ...{ self: signer.hotkey, nowNs: nowNs(), dendrites },
      isRegistered: (sender) => neurons.has(sender),
    });
    if ("refusal" in heard) return this.#render(heard, receivedMs);
    const { request } = heard;
    const job = new TextEncoder().encode(request.job);
    const reply = await desk.answerSender(request.sender, job, gone, receivedMs);
    return this.#render(reply, receivedMs, request);
  }

  #render(reply: Reply, receivedMs: number, request?: DendriteRequest): Bridged {
    if ("abandoned" in reply) return reply;
    const refusal = "refusal" in reply ? reply.refusal : undefined;
    const status = refusal === undefined ? 200 : AXON_STATUS[refusal];
    const message = refusal === undefined ? "Success" : textOf(refusal);
    const seconds = (performance.now() - receivedMs) / 1_000;
    const state = { uuid: this.#uuid, nonce: nowNs(), status, message, seconds };
    const axon = axonTerminal(state, request, this.#parts.signer);
    const body =
      request === undefined || !("answer" in reply)
        ? { message }
        : synapseToJson(new TextDecoder().decode(canonicalJson(reply.answer)), axon, request);
    return { status, headers: axonHeaders(axon), body, refusal };
  }
}

function textOf(code: RefusalCode): string {
  const [message, hint] = REFUSAL_TEXTS[code];
  return `${code}: ${message}. ${hint}`;
}
