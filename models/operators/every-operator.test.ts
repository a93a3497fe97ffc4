import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { Inference } from "../inference.ts";
import type { IntegerGraph } from "../integer-graph.ts";
import { interpret } from "../interpreter.ts";
import { bounds } from "../interval.ts";
import { stepsOf } from "../kernels.ts";
import { elementCount } from "../onnx/tensor.ts";
import { openOnnxruntime } from "../onnxruntime.ts";
import { openOnnxruntimeWeb } from "../onnxruntime-web.ts";
import { openSession } from "../session.ts";
import { reached } from "../testing.ts";
import type { Form } from "./form.ts";
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

function openOptimised(graph: IntegerGraph): Promise<Inference> {
  const options = { executionProviders: ["cpu"], graphOptimizationLevel: "all" } as const;
  return openSession("onnxruntime", graph, options, { InferenceSession, Tensor });
}

test("every operator of the table is drawn", () => {
  expect(new Set(ANY_OPERATOR.keys())).toEqual(new Set(OPERATORS.keys()));
});

/** The same node with so narrow inputs that all of them can be tried; undefined where they are too many. */
function narrowed(lone: Lone): Lone | undefined {
  const count = graphOf(lone).inputs.reduce((sum, { dims }) => sum + elementCount(dims), 0);
  const width = [0, 511, 21, 7, 3, 2, 1, 1, 1, 1][count];
  if (width === undefined) return undefined;
  const operands = lone.operands.map((operand) =>
    operand === undefined || "values" in operand
      ? operand
      : { ...operand, max: Math.min(operand.max, operand.min + width) },
  );
  return { ...lone, operands };
}

/** Inputs that take element `i` of a linear form to its greatest. */
function maximising(graph: IntegerGraph, form: Form, i: number): Int32Array[] {
  const inputs = endsOf(graph, "min");
  if (form.kind !== "linear") return inputs;
  form.row(i, (operand, index, weight) => {
    const which = graph.inputs.findIndex(({ name }) => name === graph.nodes[0]?.inputs[operand]);
    const { max } = graph.inputs[which] ?? { max: 0 };
    if (weight > 0) (inputs[which] ?? NOTHING)[index] = max;
  });
  return inputs;
}

describe.each([...ANY_OPERATOR])("%s", (_, any) => {
  const anyAsked = any.chain(asked);

  test("computes what onnxruntime computes", async () => {
    await fc.assert(
      fc.asyncProperty(anyAsked, (drawn) => expectSame(openOnnxruntime, drawn)),
      { numRuns: 60 },
    );
  });

  test("computes what onnxruntime computes when it optimises, as it does by default", async () => {
    await fc.assert(
      fc.asyncProperty(anyAsked, (drawn) => expectSame(openOptimised, drawn)),
      { numRuns: 10 },
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

  test("has bounds that are attained, both ends of every element", () => {
    const anyNarrow = any.map(narrowed).filter((lone) => lone !== undefined);
    fc.assert(
      fc.property(anyNarrow, (lone) => {
        const graph = graphOf(lone);
        expect(bounds(graph).get("out")).toEqual(reached(graph).get("out"));
      }),
      { numRuns: 30 },
    );
  });
});

describe.each([
  "ConvInteger",
  "MatMulInteger",
  "MatMul",
  "Add",
  "Sub",
  "Mul",
  "Neg",
  "Not",
  "ReduceSum",
  "CumSum",
])("the linear %s", (op) => {
  test("attains its greatest bound over any range, extremes of its types included", () => {
    const linear = (ANY_OPERATOR.get(op) ?? fc.constant<Lone>({ op, operands: [] }))
      .map((lone) => ({ graph: graphOf(lone), lone }))
      .filter(({ graph }) => stepsOf(graph)[0]?.kernel.form.kind === "linear");
    fc.assert(
      fc.property(linear, ({ graph }) => {
        const [step] = stepsOf(graph);
        const { max } = bounds(graph).get("out") ?? { max: NOTHING };
        for (const i of new Set([0, max.length - 1])) {
          const inputs = step && maximising(graph, step.kernel.form, i);
          expect(interpret(graph, inputs ?? []).get("out")?.[i]).toBe(max[i]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
