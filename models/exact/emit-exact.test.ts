/**
 * Every operator of the integer graph is an ONNX model on integers, too: imported as one, it is the same function.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { readIntegerGraph } from "../integer-graph.ts";
import { interpret } from "../interpreter.ts";
import { endsOf, graphOf, input, inputsOf, type Lone, scalar } from "../operators/testing.ts";
import { ANY_OPERATOR } from "../operators/testing-operators.ts";
import { emitExact, readExactModel } from "./emit-exact.ts";

function imported(lone: Lone): ReturnType<typeof readIntegerGraph> {
  const { bytes, inputs } = graphOf(lone);
  const model = readExactModel(bytes, {});
  if (model === undefined) throw new Error("a model on integers was taken for another");
  return readIntegerGraph(emitExact(model, { name: "again", ranges: inputs }));
}

/**
 * What no graph on int32 says: an int8 convolution, say, or a Pad that wraps, which is of a later opset than is written.
 * An input that reaches no output is one here, because constants are folded.
 */
const REFUSED = new Set([
  "BAD_ATTRIBUTE",
  "BAD_OPERANDS",
  "OVERFLOW",
  "UNSUPPORTED_OPERATOR",
  "UNUSED_VALUE",
]);

describe.each([...ANY_OPERATOR])("%s", (_, any) => {
  test("computes the same when it is imported, or is refused", () => {
    fc.assert(
      fc.property(
        any.chain((lone) => inputsOf(graphOf(lone)).map((inputs) => ({ lone, inputs }))),
        ({ lone, inputs }) => {
          const original = graphOf(lone);
          let again: typeof original;
          try {
            again = imported(lone);
          } catch (error) {
            expect(REFUSED).toContain((error as { code?: string }).code);
            return;
          }
          const [output] = again.outputs;
          for (const asked of [inputs, endsOf(original, "min"), endsOf(original, "max")]) {
            const expected = interpret(original, asked).get("out");
            expect(interpret(again, asked).get(output?.name ?? "")).toEqual(expected);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("emitExact", () => {
  it("takes int32 sums, and refuses those that would wrap around in the file's type", () => {
    const sum = (max: number): Lone => ({
      op: "Add",
      operands: [input("int32", [2], [0, max]), scalar("int32", 2 ** 30)],
    });
    expect(imported(sum(2 ** 29)).outputs).toHaveLength(1);
    expect(() => graphOf(sum(2 ** 30))).toThrow(expect.objectContaining({ code: "OVERFLOW" }));
  });

  it("gives the same bytes every time", () => {
    const lone: Lone = { op: "Abs", operands: [input("int32", [3], [-5, 9])] };
    expect(imported(lone).id).toBe(imported(lone).id);
  });
});
