import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { IntegerGraph } from "../models/integer-graph.ts";
import { interfaceOf } from "./interface.ts";
import {
  type Draft,
  decodeDraft,
  decodeManifest,
  encodeDraft,
  encodeManifest,
  type Manifest,
  withCircuitId,
} from "./manifest.ts";
import { leavesOf, tinyGraph, tinyPackage } from "./testing.ts";

const PLACE = "package/manifest.json";
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

let graph: IntegerGraph;
let manifest: Manifest;
beforeAll(async () => {
  graph = tinyGraph();
  ({ manifest } = await tinyPackage());
});

describe("manifest", () => {
  it("decodes to what was encoded", () => {
    expect(decodeManifest(encodeManifest(manifest), PLACE)).toEqual(manifest);
  });

  it("decodes whatever counts, scales and labels were encoded", () => {
    const counts = fc.integer({ min: 0, max: 2 ** 31 });
    fc.assert(
      fc.property(
        fc.record({ constraints: counts, wires: counts, nonZeros: counts }),
        fc.double({ min: 1e-30, max: 1e30, noNaN: true }),
        fc.array(fc.string({ maxLength: 20, unit: "binary" })),
        (anyCounts, scale, labels) => {
          const { circuit: _, ...parts } = manifest;
          const outputs = parts.outputs.map((output) => ({ ...output, scale, labels }));
          const inputs = parts.inputs.map((input) => ({ ...input, scale: [scale, 1] }));
          const made = withCircuitId({ ...parts, counts: anyCounts, inputs, outputs });
          expect(decodeManifest(encodeManifest(made), PLACE)).toEqual(made);
        },
      ),
    );
  });

  it("refuses another order of keys, white space, an unknown key, a missing key", () => {
    const { files, ...rest } = manifest;
    const { setup: _, ...withoutSetup } = manifest;
    for (const other of [
      bytesOf({ files, ...rest }),
      new TextEncoder().encode(JSON.stringify(manifest, null, 1)),
      bytesOf({ ...manifest, note: "" }),
      bytesOf({ ...manifest, files: { ...files, readme: files.model } }),
      bytesOf(withoutSetup),
    ]) {
      expect(() => decodeManifest(other, PLACE)).toThrow(
        expect.objectContaining({ code: "BAD_MANIFEST", message: expect.stringContaining(PLACE) }),
      );
    }
  });

  it("refuses what is not JSON, not UTF-8, not an object", () => {
    const whole = encodeManifest(manifest);
    for (const other of [
      new Uint8Array(0),
      whole.subarray(0, -1),
      Uint8Array.of(...whole, 10),
      Uint8Array.of(0xff, 0xfe),
      bytesOf(null),
      bytesOf([manifest]),
    ]) {
      expect(() => decodeManifest(other, PLACE)).toThrow(
        expect.objectContaining({ code: "BAD_MANIFEST" }),
      );
    }
  });

  it("says of another version that it is another version, and what to do", () => {
    for (const number of [1, 3]) {
      expect(() => decodeManifest(bytesOf({ format: `assay/package/${number}` }), PLACE)).toThrow(
        expect.objectContaining({
          code: "PACKAGE_VERSION",
          message: `${PLACE} has format assay/package/${number}, this version reads assay/package/2`,
          hint: expect.stringContaining("assay circuit setup"),
        }),
      );
    }
    expect(() => decodeManifest(bytesOf({ format: "another/2" }), PLACE)).toThrow(
      expect.objectContaining({ code: "BAD_MANIFEST" }),
    );
  });

  it("refuses a size that would fill the memory", () => {
    const model = { ...manifest.files.model, bytes: 2 ** 30 };
    const huge = { ...manifest, files: { ...manifest.files, model } };
    expect(() => decodeManifest(bytesOf(huge), PLACE)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("files.model.bytes") }),
    );
  });
});

describe("circuit id", () => {
  it("is the same for the same core, whatever the machine computes with", () => {
    const { circuit, ...parts } = manifest;
    const { model } = parts.files;
    const files = { ...parts.files, provingKey: model, vectors: model };
    expect(withCircuitId({ ...parts, files }).circuit).toBe(circuit);
  });

  it("changes with every field of the core", () => {
    const { circuit, ...parts } = manifest;
    const { model, inputs, outputs, publicSignals, counts, setup, files } = parts;
    const core = { model, inputs, outputs, publicSignals, counts, setup };
    const changed = leavesOf(core).map(({ change }) => ({
      ...parts,
      ...(change() as typeof core),
    }));
    for (const role of ["r1cs", "verificationKey"] as const) {
      const record = { ...files[role], sha256: files.model.sha256 };
      changed.push({ ...parts, files: { ...files, [role]: record } });
    }
    // The tag is one number in every format 2: another count is no manifest at all.
    const ids = changed
      .filter((one) => one.publicSignals.tag === 1)
      .map((one) => withCircuitId(one).circuit);
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set([circuit, ...ids]).size).toBe(ids.length + 1);
  });
});

describe("a draft", () => {
  const draftOf = ({ circuit: _, setup: __, files, ...core }: Manifest): Draft => ({
    ...core,
    setup: { kind: "draft" },
    files: { model: files.model, r1cs: files.r1cs },
  });

  it("decodes to what was encoded, and is no package", () => {
    const draft = draftOf(manifest);
    const bytes = encodeDraft(draft);
    expect(decodeDraft(bytes, PLACE)).toEqual(draft);
    expect(() => decodeManifest(bytes, PLACE)).toThrow(
      expect.objectContaining({
        code: "PACKAGE_DRAFT",
        hint: expect.stringContaining("assay circuit setup"),
      }),
    );
  });

  it("is refused where a package stands, and with keys or an id beside it", () => {
    expect(() => decodeDraft(encodeManifest(manifest), PLACE)).toThrow(
      expect.objectContaining({ code: "NOT_A_DRAFT" }),
    );
    const draft = draftOf(manifest);
    for (const wrong of [
      { ...draft, circuit: manifest.circuit },
      { ...draft, files: manifest.files },
      { ...draft, setup: { kind: "draft", key: [] } },
    ]) {
      expect(() => decodeDraft(bytesOf(wrong), PLACE)).toThrow(
        expect.objectContaining({ code: "BAD_MANIFEST" }),
      );
    }
  });
});

describe("interfaceOf", () => {
  it("says of the model what the graph says: one range for an input, one for each output", () => {
    const { inputs, outputs, publicSignals } = interfaceOf(graph, ["public"]);
    expect(inputs).toMatchObject([
      { dims: [1, 6], range: { min: 0, max: 15 }, visibility: "public" },
    ]);
    expect(outputs[0]?.labels).toEqual(["ash", "birch", "cedar"]);
    expect(outputs[0]?.ranges.every(({ min, max }) => min < max)).toBe(true);
    expect(publicSignals).toEqual({ outputs: 3, tag: 1, inputs: 6 });
  });

  it("counts one signal for a hashed input, and none for a private one", () => {
    expect(interfaceOf(graph, ["hashed"]).publicSignals.inputs).toBe(1);
    expect(interfaceOf(graph, ["private"]).publicSignals.inputs).toBe(0);
  });

  it("refuses fewer words than inputs", () => {
    expect(() => interfaceOf(graph, [])).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_GRAPH" }),
    );
  });
});
