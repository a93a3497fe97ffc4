import { describe, expect, test } from "vitest";
import { devSigner } from "../chain/wallet/key.ts";
import { type Answer, answerToJson, signAnswer } from "../protocol/answer.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import { digest } from "../protocol/digest.ts";
import { type Job, newJobId } from "../protocol/job.ts";
import { tagOf } from "../protocol/tag.ts";
import type { Verdict } from "../protocol/verdict.ts";
import { concludeOn } from "./check.ts";
import type { Reply } from "./exchange.ts";
import { RULE_CIRCUIT, ruleModel, type Solution, solve } from "./testing.ts";

const validator = devSigner("//Alice");
const miner = devSigner("//Bob");
const { verify } = ruleModel(3).verifier;

const job: Job = {
  ...{ id: newJobId(), netuid: 1, circuit: RULE_CIRCUIT, budgetMs: 500 },
  ...{ validator: validator.hotkey, miner: miner.hotkey },
  ...{ block: { number: 7, hash: digest("00".repeat(32)) }, expiryBlock: 9 },
  input: Int32Array.of(4, 5, 6),
};
const solution = solve({ tag: tagOf(job), input: job.input });

const bytesOf = (answer: Answer): Uint8Array => Buffer.from(canonicalJson(answerToJson(answer)));
const signed = (changes: Partial<Solution> = {}): Uint8Array =>
  bytesOf(signAnswer(job, { ...solution, ...changes }, miner));
const answered = (body: Uint8Array, latencyUs = 400_000): Reply => ({
  ...{ kind: "answered", body, latencyUs },
});
const verdictOn = async (reply: Reply, on: Job = job): Promise<Verdict> =>
  (await concludeOn(on, reply, verify)).verdict;

const rejected = (code: string): object => ({ kind: "rejected", code });
const ignored = (code: string): object => ({ kind: "ignored", code });

describe("without an answer", () => {
  test.each<[string, Reply]>([
    ["LATE", { kind: "late" }],
    ["UNREACHABLE", { kind: "unreachable", reason: "ECONNREFUSED" }],
    ["BUSY", { kind: "busy", retryAfterSeconds: 3 }],
    ["REFUSED", { kind: "refused", reason: "STAKE_TOO_LOW" }],
    ["CANCELLED", { kind: "cancelled", reason: "EMFILE" }],
  ])("[IGNORE] %s, and nothing is verified", async (code, reply) => {
    const conclusion = await concludeOn(job, reply, () => {
      throw new Error("there is nothing to verify");
    });
    expect(conclusion.verdict).toEqual(ignored(code));
    expect(conclusion.answer).toBeUndefined();
  });
});

describe("an answer", () => {
  test("that is right is accepted, and kept as it came with its times", async () => {
    const body = signed();
    const conclusion = await concludeOn(job, answered(body), verify);
    expect(conclusion).toMatchObject({ verdict: { kind: "accepted" }, latencyUs: 400_000 });
    expect(conclusion.answer).toEqual(body);
    expect(conclusion.verifyUs).toBeGreaterThanOrEqual(0);
  });

  test("at the last microsecond of the budget is accepted", async () => {
    expect(await verdictOn(answered(signed(), 500_000))).toEqual({ kind: "accepted" });
  });

  test("one microsecond later is [IGNORE] LATE", async () => {
    expect(await verdictOn(answered(signed(), 500_001))).toEqual(ignored("LATE"));
  });

  test.each([
    ["is no JSON", "{"],
    ["is nothing", ""],
    ["is JSON of something else", '{"job":"1"}'],
    ["has white space", ` ${Buffer.from(signed()).toString()}`],
    ["has a key too many", Buffer.from(signed()).toString().replace("{", '{"x":1,')],
    ["is not UTF-8", "\u00ff"],
  ])("that %s is [REJECT] MALFORMED_ANSWER", async (_, text) => {
    const body = Buffer.from(text, "latin1");
    expect(await verdictOn(answered(body))).toMatchObject(rejected("MALFORMED_ANSWER"));
  });

  test("without a bounded length is [REJECT] MALFORMED_ANSWER", async () => {
    const reply: Reply = { kind: "malformed", at: "content-length", latencyUs: 5 };
    expect(await verdictOn(reply)).toEqual({
      ...{ kind: "rejected", code: "MALFORMED_ANSWER", at: "content-length" },
    });
  });

  test("to another job is [REJECT] WRONG_JOB", async () => {
    const other = { ...job, id: newJobId() };
    expect(await verdictOn(answered(signed()), other)).toMatchObject(rejected("WRONG_JOB"));
  });

  test("signed by nobody or somebody else is [REJECT] BAD_SIGNATURE", async () => {
    const answer = signAnswer(job, solution, miner);
    const forged = [
      new Uint8Array(64),
      signAnswer({ ...job, miner: validator.hotkey }, solution, validator).signature,
      signAnswer({ ...job, budgetMs: 501 }, solution, miner).signature,
    ];
    for (const signature of forged) {
      const reply = answered(bytesOf({ ...answer, signature }));
      expect(await verdictOn(reply)).toMatchObject(rejected("BAD_SIGNATURE"));
    }
  });

  test("with an output more or less is [REJECT] WRONG_OUTPUT_COUNT", async () => {
    for (const outputs of [solution.outputs.slice(1), Int32Array.of(...solution.outputs, 0)]) {
      const verdict = await verdictOn(answered(signed({ outputs })));
      expect(verdict).toMatchObject(rejected("WRONG_OUTPUT_COUNT"));
    }
  });

  test("with an output out of range is [REJECT] OUTPUT_OUT_OF_RANGE, and says which", async () => {
    const outputs = solution.outputs.with(1, 1_000_001);
    expect(await verdictOn(answered(signed({ outputs })))).toEqual({
      ...{ kind: "rejected", code: "OUTPUT_OUT_OF_RANGE", at: "outputs[1]" },
    });
  });

  test("with a proof that is no points is [REJECT] MALFORMED_PROOF", async () => {
    const proof = solution.proof.with(0, 0);
    expect(await verdictOn(answered(signed({ proof })))).toMatchObject(rejected("MALFORMED_PROOF"));
  });

  test("with another output under the same proof is [REJECT] PROOF_INVALID", async () => {
    const outputs = solution.outputs.with(2, 0);
    expect(await verdictOn(answered(signed({ outputs })))).toMatchObject(rejected("PROOF_INVALID"));
  });

  test("with a proof of another job is [REJECT] PROOF_INVALID", async () => {
    const { proof } = solve({ tag: tagOf({ ...job, id: newJobId() }), input: job.input });
    expect(await verdictOn(answered(signed({ proof })))).toMatchObject(rejected("PROOF_INVALID"));
  });
});

test("a job whose own input does not fit the circuit gives no verdict about the miner", async () => {
  const wide = { ...job, input: Int32Array.of(1, 2, 3, 4) };
  const body = bytesOf(signAnswer(wide, solution, miner));
  await expect(verdictOn(answered(body), wide)).rejects.toMatchObject({ code: "OWN_FAULT" });
});
