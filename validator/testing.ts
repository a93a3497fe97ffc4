/**
 * What the tests of this folder share: a rule that is checked by computing it again, in the place of a circuit whose
 * proofs take seconds; miners of every temper, as HTTP servers; a local chain where they have seats.
 * @module
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { Endpoint, Hotkey, Signer } from "../chain/chain.ts";
import {
  type LocalChain,
  type LocalChainOptions,
  startLocalChain,
} from "../chain/local/local-chain.ts";
import { onboard } from "../chain/local/onboard.ts";
import type { SubnetSettings } from "../chain/local/subnet-settings.ts";
import { connectSubtensor, type SubtensorChain } from "../chain/subtensor/connect.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { answerToJson, signAnswer } from "../protocol/answer.ts";
import { canonicalJson, parseCanonicalJson } from "../protocol/canonical-json.ts";
import { type Digest, digest } from "../protocol/digest.ts";
import { hasValidSignature, type Job, jobFromJson } from "../protocol/job.ts";
import type { ReplayStore } from "../protocol/replay.ts";
import { authenticateRequest, nowNs } from "../protocol/request-auth.ts";
import type { SignatureScheme } from "../protocol/scheme.ts";
import { tagOf } from "../protocol/tag.ts";
import { errorToJson, MAX_JOB_BYTES } from "../protocol/wire.ts";
import type { ValidatorEvent } from "./event.ts";
import type { OfferedModel } from "./validator.ts";

export const NETUID = 1;
export const RULE_CIRCUIT: Digest = digest("c1".repeat(32));
const LARGEST_OUTPUT = 1_000_000;

interface Question {
  readonly tag: bigint;
  readonly input: Int32Array;
}

export interface Solution {
  readonly outputs: Int32Array;
  readonly proof: Uint8Array;
}

/** y = 3x − i, and 128 bytes that nobody has for another tag, input or output. */
export function solve({ tag, input }: Question): Solution {
  const outputs = input.map((value, i) => 3 * value - i);
  const text = `${tag}/${input.join()}/${outputs.join()}`;
  const proof = createHash("shake256", { outputLength: 128 }).update(text).digest();
  proof[0] = 0x80;
  return { outputs, proof: new Uint8Array(proof) };
}

/** @param size how many integers its inputs have */
export function ruleModel(size = 32): OfferedModel {
  return {
    verifier: {
      circuit: RULE_CIRCUIT,
      async verify({ tag, input, outputs }, proof) {
        if (input.length !== size) return { code: "WRONG_SIGNAL_COUNT", at: "inputs" };
        if (outputs.length !== size) return { code: "WRONG_SIGNAL_COUNT", at: "outputs" };
        const wild = outputs.findIndex((value) => Math.abs(value) > LARGEST_OUTPUT);
        if (wild >= 0) return { code: "OUT_OF_RANGE", at: `outputs[${wild}]` };
        if (proof[0] !== 0x80) return { code: "NON_CANONICAL", at: "proof.a" };
        const right = solve({ tag, input });
        const isRight =
          Buffer.from(right.proof).equals(proof) &&
          right.outputs.every((value, i) => value === outputs[i]);
        return isRight ? undefined : { code: "PROOF_INVALID", at: "proof" };
      },
    },
    freshInput: (seed) =>
      Int32Array.from(createHash("shake256", { outputLength: size }).update(seed).digest()),
  };
}

/** What a miner does with a job. */
export type Temper = (job: Job, response: ServerResponse, signer: Signer) => void;

export const honest: Temper = (job, response, signer) =>
  deliver(job, solve({ tag: tagOf(job), input: job.input }), response, signer);

export const slowBy =
  (ms: number): Temper =>
  (...told) =>
    void setTimeout(() => honest(...told), ms);

export const hanging: Temper = () => {};

/** A promising head, then a byte now and then. */
export const dripping: Temper = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": 600 });
  const drip = setInterval(() => response.write("{"), 40);
  response.once("close", () => clearInterval(drip));
};

/** Another output under the proof of the right ones. */
export const lying: Temper = (job, response, signer) => {
  const { outputs, proof } = solve({ tag: tagOf(job), input: job.input });
  const changed = outputs.map((value, i) => (i === 0 ? value + 1 : value));
  deliver(job, { outputs: changed, proof }, response, signer);
};

/** The right outputs under a proof made for the same job of somebody else. */
export const borrowing: Temper = (job, response, signer) => {
  const other = { ...job, miner: devSigner("//Partner").hotkey };
  deliver(job, solve({ tag: tagOf(other), input: job.input }), response, signer);
};

export const full: Temper = (_, response) => {
  const body = canonicalJson(
    errorToJson({ code: "QUEUE_FULL", message: "the queue is full", hint: "Come back later." }),
  );
  response.writeHead(429, { "retry-after": "1", "content-length": body.length }).end(body);
};

/** Finds the validator's clock behind its own. */
export const ahead: Temper = (_, response) => {
  const body = canonicalJson(
    errorToJson({ code: "STALE_REQUEST", message: "the request is old", hint: "Set your clock." }),
  );
  response.writeHead(401, { "content-length": body.length }).end(body);
};

/** Dies in the middle of its answer. */
export const dying: Temper = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": 600 });
  response.write("{", () => response.destroy());
};

function deliver(job: Job, solution: Solution, response: ServerResponse, signer: Signer): void {
  const body = canonicalJson(answerToJson(signAnswer(job, solution, signer)));
  response
    .writeHead(200, { "content-type": "application/json", "content-length": body.length })
    .end(body);
}

export interface StagedMiner {
  readonly signer: Signer;
  readonly endpoint: Endpoint;
  readonly jobs: readonly Job[];
  /** The most jobs that were open here at once. */
  readonly crowd: number;
  temper: Temper;
  close(): Promise<void>;
}

export async function stageMiner(name: string, temper: Temper): Promise<StagedMiner> {
  const signer = devSigner(`//${name}`);
  const jobs: Job[] = [];
  let open = 0;
  let crowd = 0;
  const nonces = new Set<bigint>();
  // All requests are of one validator.
  const replays: ReplayStore = {
    add: (_, nonce) => (nonces.size === nonces.add(nonce).size ? "known" : "kept"),
  };
  const server = createServer((request, response) => {
    crowd = Math.max(crowd, ++open);
    response.once("close", () => open--);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const signed = jobFromJson(parseCanonicalJson(Buffer.concat(chunks), MAX_JOB_BYTES));
      if (!hasValidSignature(signed)) throw new Error(`${name} got a job that nobody signed`);
      const { method = "", url: target = "", headers } = request;
      const sent = { headers, method, target, body: Buffer.concat(chunks) };
      const schemeOf = (): SignatureScheme => "sr25519";
      const outcome = authenticateRequest(sent, {
        ...{ self: signer.hotkey, nowNs: nowNs(), schemeOf, replays },
      });
      if (!("sender" in outcome) || outcome.sender !== signed.job.validator) {
        throw new Error(`${name} got a request that its validator did not sign`);
      }
      jobs.push(signed.job);
      miner.temper(signed.job, response, signer);
    });
  });
  // The chain takes no 127.0.0.1.
  server.listen(0, "127.0.0.2");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const miner: StagedMiner = {
    signer,
    endpoint: { ip: "127.0.0.2", port: address.port },
    jobs,
    get crowd() {
      return crowd;
    },
    temper,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return miner;
}

export interface StagedChain {
  readonly url: string;
  readonly server: LocalChain;
  readonly chain: SubtensorChain;
  close(): Promise<void>;
}

export interface StageOptions extends Omit<LocalChainOptions, "subnets"> {
  readonly subnet?: SubnetSettings;
}

/** Blocks every 100 ms and epochs of a second, without the rate limits that people need. */
export async function stageChain({ subnet, ...options }: StageOptions): Promise<StagedChain> {
  const settings = { tempo: 10, weightsRateLimit: 1, servingRateLimit: 0, burnRao: 1_000_000n };
  const server = await startLocalChain({
    ...{ blockMs: 100, subnets: [{ ...settings, ...subnet }] },
    ...options,
  });
  const chain = await connectSubtensor(server.url);
  return {
    url: server.url,
    server,
    chain,
    async close() {
      await chain.close();
      await server.close();
    },
  };
}

const VALIDATOR_STAKE_RAO = 10_000n * 1_000_000_000n;

/** A seat for each; those with an endpoint publish it. @returns uid by hotkey */
export async function seat(
  chain: SubtensorChain,
  validators: readonly Signer[],
  miners: readonly Pick<StagedMiner, "signer" | "endpoint">[] = [],
): Promise<ReadonlyMap<Hotkey, number>> {
  const coldkeyOf = ({ hotkey }: Signer): Signer => devSigner(`//${hotkey}//cold`);
  const seats = await Promise.all([
    ...validators.map(async (signer): Promise<[Hotkey, number]> => {
      const { hotkey } = signer;
      const coldkey = coldkeyOf(signer);
      const wish = { netuid: NETUID, coldkey, hotkey, stakeRao: VALIDATOR_STAKE_RAO };
      return [hotkey, await onboard(chain, wish)];
    }),
    ...miners.map(async ({ signer, endpoint }): Promise<[Hotkey, number]> => {
      const { hotkey } = signer;
      const uid = await onboard(chain, { netuid: NETUID, coldkey: coldkeyOf(signer), hotkey });
      await chain.publishEndpoint(NETUID, endpoint, signer);
      return [hotkey, uid];
    }),
  ]);
  return new Map(seats);
}

/** What was told, and a way to wait for more without looking at a clock. */
export class Audience {
  readonly events: ValidatorEvent[] = [];
  readonly #waiting = new Set<() => void>();

  readonly hear = (event: ValidatorEvent): void => {
    this.events.push(event);
    for (const look of [...this.#waiting]) look();
  };

  of<T extends ValidatorEvent["type"]>(type: T): (ValidatorEvent & { type: T })[] {
    return this.events.filter(
      (event): event is ValidatorEvent & { type: T } => event.type === type,
    );
  }

  /** Resolves as soon as it is so; looks again at every event. */
  until(isSo: () => boolean): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}
