import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { effectOf, IGNORE_CODES, REJECT_CODES, type Verdict } from "./verdict.ts";

interface Clause {
  readonly number: number;
  readonly kind: string;
  readonly code: string;
  readonly text: string;
}

const document = readFileSync(new URL("../docs/protocol.md", import.meta.url), "utf8");

/** `**7. [REJECT] `WRONG_JOB`**: text up to the next empty line` */
const clauses: readonly Clause[] = [
  ...document.matchAll(/^\*\*(\d+)\. \[(\w+)\] `(\w+)`\*\*: ([\s\S]+?)\n\n/gm),
].map(([, number, kind = "", code = "", text = ""]) => ({
  number: Number(number),
  kind,
  code,
  text: text.replace(/\s+/g, " "),
}));

const verdicts: readonly Verdict[] = [
  ...IGNORE_CODES.map((code) => ({ kind: "ignored", code }) as const),
  ...REJECT_CODES.map((code) => ({ kind: "rejected", code, at: "" }) as const),
];

describe("docs/protocol.md", () => {
  test("has a clause for every verdict code and no other, in the order of the checks", () => {
    expect(clauses.map(({ kind, code }) => `${kind} ${code}`)).toEqual([
      ...IGNORE_CODES.map((code) => `IGNORE ${code}`),
      ...REJECT_CODES.map((code) => `REJECT ${code}`),
    ]);
  });

  test("numbers its clauses from 1", () => {
    expect(clauses.map(({ number }) => number)).toEqual(clauses.map((_, i) => i + 1));
  });

  test.each(verdicts)(
    "says of $code whose fault it is, and scores it as the code does",
    (verdict) => {
      const code = verdict.kind === "accepted" ? "" : verdict.code;
      const text = clauses.find((clause) => clause.code === code)?.text ?? "";
      expect(text).toMatch(/ Fault: \S/);
      expect(/ Score: (\w+)/.exec(text)?.[1]).toBe(effectOf(verdict));
    },
  );
});

test("an accepted answer is the only thing that raises a score", () => {
  expect(effectOf({ kind: "accepted" })).toBe("recovers");
  for (const verdict of verdicts) expect(effectOf(verdict)).not.toBe("recovers");
});

test("every answer that is wrong costs score", () => {
  for (const code of REJECT_CODES) {
    expect(effectOf({ kind: "rejected", code, at: "proof" })).toBe("decays");
  }
});
