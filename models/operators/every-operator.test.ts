import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Inference } from "../inference.ts";
import type { IntegerGraph } from "../integer-graph.ts";
import { interpret } from "../interpreter.ts";
import { bounds } from "../interval.ts";
import { stepsOf } from "../kernels.ts";
import { openOnnxruntime } from "../onnxruntime.ts";
import { openOnnxruntimeWeb } from "../onnxruntime-web.ts";
import { OPERATORS } from "./table.ts";
import { computeByForm, endsOf, graphOf, inputsOf, type Lone } from "./testing.ts";
import { ANY_OPERATOR } from "./testing-operators.ts";

const NOTHING = new Int32Array();

/** A node, and inputs for it: at random, and at both ends of their ranges. */
function asked(lone: Lone): fc.Arbitrary<{ lone: Lone; questions: Int32Array[][] }> {
  const graph = graphOf(lone);
  return fc
    .array(inputsOf(graph), { minLength: 3, maxLength: 3 })
    .map((drawn) => ({ lone, questions: [...drawn, endsOf(graph, "min"), endsOf(graph, "max")] }));
}

async function expectSame(
  open: (graph: IntegerGraph) => Promise<Inference>,
  { lone, questions }: { readonly lone: Lone; readonly questions: readonly Int32Array[][] },
): Promise<void> {
  const graph = graphOf(lone);
  const runtime = await open(graph);
  try {
    for (const inputs of questions) {
      const [theirs] = await runtime.infer(inputs);
      expect(interpret(graph, inputs).get("out")).toEqual(theirs);
    }
  } finally {
    await runtime.close();
  }
}

test("every operator of the table is drawn", () => {
  expect(new Set(ANY_OPERATOR.keys())).toEqual(new Set(OPERATORS.keys()));
});

describe.each([...ANY_OPERATOR])("%s", (_, any) => {
  const anyAsked = any.chain(asked);

  test("computes what onnxruntime computes", async () => {
    await fc.assert(
      fc.asyncProperty(anyAsked, (drawn) => expectSame(openOnnxruntime, drawn)),
      { numRuns: 60 },
    );
  });

  test("computes what onnxruntime-web computes", async () => {
    await fc.assert(
      fc.asyncProperty(anyAsked, (drawn) => expectSame(openOnnxruntimeWeb, drawn)),
      { numRuns: 6 },
    );
  });

  test("computes what its form says, within its bounds", () => {
    fc.assert(
      fc.property(anyAsked, ({ lone, questions }) => {
        const graph = graphOf(lone);
        const interval = bounds(graph).get("out") ?? { min: NOTHING, max: NOTHING };
        const [step] = stepsOf(graph);
        for (const inputs of questions) {
          const values = interpret(graph, inputs);
          const out = values.get("out") ?? NOTHING;
          const operand = (index: number): Int32Array =>
            values.get(step?.node.inputs[index] ?? "") ?? NOTHING;
          const { form } = step?.kernel ?? {};
          expect(form && computeByForm(form, operand, out.length)).toEqual(out);
          expect(interval.min).toHaveLength(out.length);
          out.forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual(interval.min[i] ?? Number.NaN);
            expect(value).toBeLessThanOrEqual(interval.max[i] ?? Number.NaN);
          });
        }
      }),
      { numRuns: 100 },
    );
  });
});
