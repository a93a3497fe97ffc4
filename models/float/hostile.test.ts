/**
 * Files that somebody altered: whatever happens to a file, reading it ends in a graph or in a ModelError, soon and within memory.
 */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ModelError } from "../error.ts";
import { decodeModel, encodeModel } from "../onnx/decode.ts";
import { evaluateFloat } from "./evaluate.ts";
import { readFloatGraph } from "./read-graph.ts";

const folder = new URL("fixtures/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".onnx"))
  .map((name) => new Uint8Array(readFileSync(new URL(name, folder))));

/** Reads the bytes, and computes what could be read; anything but a refusal by a ModelError escapes. */
function survive(bytes: Uint8Array): "read" | "refused" {
  const before = process.memoryUsage().rss;
  try {
    const graph = readFloatGraph(bytes);
    const inputs = graph.inputs.map(
      ({ dims }) => new Float64Array(dims.reduce((product, dim) => product * dim, 1)),
    );
    const values = evaluateFloat(graph, inputs);
    for (const { name, dims } of graph.outputs) {
      expect(values.get(name)).toHaveLength(dims.reduce((product, dim) => product * dim, 1));
    }
    return "read";
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    expect(error.message).not.toBe("");
    expect(error.hint).not.toBe("");
    return "refused";
  } finally {
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
  }
}

/** By its number, which is what a failing property prints. */
const anyFile = fc.nat(files.length - 1);
const fileOf = (index: number): Uint8Array => files[index] as Uint8Array;

describe("altered files", () => {
  // What stands behind the graph is little, and a file may be whole without some of it.
  test("truncated before their last quarter are refused", () => {
    fc.assert(
      fc.property(anyFile, fc.double({ min: 0, max: 1, noNaN: true }), (index, share) => {
        const file = fileOf(index);
        const outcome = survive(file.slice(0, Math.floor(file.length * share)));
        if (share < 0.75) expect(outcome).toBe("refused");
      }),
      { numRuns: 200 },
    );
  });

  test("with bytes altered are read or refused, never more", () => {
    const anyChange = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      to: fc.nat(255),
    });
    fc.assert(
      fc.property(anyFile, fc.array(anyChange, { minLength: 1, maxLength: 4 }), (file, changes) => {
        const bytes = fileOf(file).slice();
        for (const { at, to } of changes) bytes[Math.floor(at * (bytes.length - 1))] = to;
        survive(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test("with bits flipped are read or refused, never more", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.nat(7), (file, at, bit) => {
        const bytes = fileOf(file).slice();
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ (1 << bit);
        survive(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test("with numbers of nodes and tensors replaced are read or refused, never more", () => {
    const anyReal = fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 127, 0);
    const extreme = fc.constantFrom(
      0n,
      -1n,
      1n,
      7n,
      2n ** 20n,
      2n ** 31n,
      2n ** 40n,
      2n ** 62n,
      -(2n ** 63n),
    );
    fc.assert(
      fc.property(
        anyFile,
        fc.nat(),
        fc.nat(),
        extreme,
        anyReal,
        (file, which, where, value, real) => {
          const model = decodeModel(fileOf(file));
          const places: (() => void)[] = [];
          const replaceIn = (list: bigint[]): void => {
            if (list.length > 0) places.push(() => list.splice(where % list.length, 1, value));
          };
          for (const node of model.graph?.node ?? []) {
            for (const attribute of node.attribute) {
              replaceIn(attribute.ints);
              places.push(() => {
                attribute.i = value;
              });
              if (attribute.floats.length > 0) {
                places.push(() => {
                  attribute.floats[where % attribute.floats.length] = real;
                });
              }
            }
          }
          for (const tensor of model.graph?.initializer ?? []) {
            replaceIn(tensor.dims);
            replaceIn(tensor.int64Data);
          }
          for (const input of model.graph?.input ?? []) {
            const type = input.type?.value;
            if (type?.case !== "tensorType") continue;
            for (const dim of type.value.shape?.dim ?? []) {
              places.push(() => {
                dim.value = { case: "dimValue", value };
              });
            }
          }
          places[which % places.length]?.();
          survive(encodeModel(model));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("with the wires of their nodes exchanged are read or refused, never more", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.nat(), fc.boolean(), (file, from, to, isOutput) => {
        const model = decodeModel(fileOf(file));
        const nodes = model.graph?.node ?? [];
        const names = [
          ...(model.graph?.input ?? []).map(({ name }) => name),
          ...(model.graph?.initializer ?? []).map(({ name }) => name),
          ...nodes.flatMap(({ output }) => output),
        ];
        const node = nodes[from % nodes.length];
        const list = (isOutput ? node?.output : node?.input) ?? [];
        if (list.length > 0) list[from % list.length] = names[to % names.length] as string;
        survive(encodeModel(model));
      }),
      { numRuns: 400 },
    );
  });
});
