import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildConstant } from "./build.ts";
import {
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "./onnx_pb.ts";
import { dtypeName, tensorValues } from "./tensor.ts";

type Fields = Omit<Parameters<typeof create<typeof TensorProtoSchema>>[1] & object, "$typeName">;

function tensor(fields: Fields): TensorProto {
  return create(TensorProtoSchema, { name: "w", ...fields } as object);
}

const { INT8, UINT8, INT32, INT64, FLOAT, DOUBLE, BOOL, STRING, INT4 } = TensorProto_DataType;

describe("the values of a tensor", () => {
  test.each([
    ["uint8", { min: 0, max: 255 }],
    ["int8", { min: -128, max: 127 }],
    ["int32", { min: -(2 ** 31), max: 2 ** 31 - 1 }],
    ["int64", { min: -(2 ** 31), max: 2 ** 31 - 1 }],
  ] as const)("of %s are those that were built, raw or listed", (dtype, range) => {
    fc.assert(
      fc.property(fc.array(fc.integer(range), { minLength: 1 }), (values) => {
        const raw = buildConstant("w", dtype, [values.length], values);
        const read = tensorValues(raw);
        expect(Array.from(read.values, Number)).toEqual(values);
        expect(read).toMatchObject({ dtype, dims: [values.length] });
        const listed = tensor({
          dataType: raw.dataType,
          dims: raw.dims,
          ...(dtype === "int64" ? { int64Data: values.map(BigInt) } : { int32Data: values }),
        });
        expect(tensorValues(listed)).toEqual(read);
      }),
    );
  });

  test("are read as floats, doubles and truth values too", () => {
    const dims = [2n];
    const read = (fields: Fields) => tensorValues(tensor({ dims, ...fields })).values;
    expect(read({ dataType: FLOAT, floatData: [0.5, -2] })).toEqual(Float32Array.of(0.5, -2));
    expect(read({ dataType: DOUBLE, doubleData: [0.1, 3] })).toEqual(Float64Array.of(0.1, 3));
    expect(read({ dataType: BOOL, int32Data: [1, 0] })).toEqual(Uint8Array.of(1, 0));
    const rawData = new Uint8Array(Float32Array.of(0.5, -2).buffer);
    expect(read({ dataType: FLOAT, rawData })).toEqual(Float32Array.of(0.5, -2));
  });

  test("are read as integers of 16 bits and without sign, raw or listed", () => {
    const { UINT16, INT16, UINT32, UINT64 } = TensorProto_DataType;
    const dims = [2n];
    const read = (fields: Fields) => tensorValues(tensor({ dims, ...fields })).values;
    const raw = (values: { readonly buffer: ArrayBuffer }) => new Uint8Array(values.buffer);
    const small = Uint16Array.of(1, 65_535);
    expect(read({ dataType: UINT16, int32Data: [1, 65_535] })).toEqual(small);
    expect(read({ dataType: UINT16, rawData: raw(small) })).toEqual(small);
    const signed = Int16Array.of(-32_768, 5);
    expect(read({ dataType: INT16, int32Data: [-32_768, 5] })).toEqual(signed);
    expect(read({ dataType: INT16, rawData: raw(signed) })).toEqual(signed);
    const wide = Uint32Array.of(7, 4_294_967_295);
    expect(read({ dataType: UINT32, uint64Data: [7n, 4_294_967_295n] })).toEqual(wide);
    expect(read({ dataType: UINT32, rawData: raw(wide) })).toEqual(wide);
    const widest = BigUint64Array.of(7n, 2n ** 64n - 1n);
    expect(read({ dataType: UINT64, uint64Data: [7n, 2n ** 64n - 1n] })).toEqual(widest);
    expect(read({ dataType: UINT64, rawData: raw(widest) })).toEqual(widest);
    expect(() => read({ dataType: UINT16, int32Data: [1, 65_536] })).toThrow(/does not fit/);
    expect(() => read({ dataType: UINT32, uint64Data: [1n, 2n ** 32n] })).toThrow(/does not fit/);
  });

  test("of a scalar are one, of an empty shape none", () => {
    expect(tensorValues(tensor({ dataType: INT8, int32Data: [5] }))).toMatchObject({ dims: [] });
    const none = tensor({ dataType: INT8, dims: [0n], rawData: new Uint8Array() });
    expect(tensorValues(none).values).toHaveLength(0);
  });

  test.each<[string, Fields, string]>([
    ["fewer values than its shape", { dims: [3n], int32Data: [1, 2] }, "expected 3 values"],
    ["more values than its shape", { dims: [1n], int32Data: [1, 2] }, "expected 1 values"],
    ["fewer bytes than its shape", { dims: [2n], rawData: Uint8Array.of(1) }, "expected 2 bytes"],
    ["no values", { dims: [2n] }, "expected 2 values"],
    ["values twice", { dims: [1n], int32Data: [1], rawData: Uint8Array.of(1) }, "written twice"],
    ["values of another dtype", { dims: [1n], int64Data: [1n] }, "another dtype"],
    ["a value too large", { dims: [1n], int32Data: [256] }, "256 does not fit"],
    ["a value too small", { dims: [1n], int32Data: [-1] }, "-1 does not fit"],
    ["a negative dimension", { dims: [-1n], int32Data: [1] }, "negative"],
    ["a truth value of 2", { dataType: BOOL, dims: [1n], int32Data: [2] }, "truth value"],
    ["segments", { dims: [1n], segment: { begin: 0n, end: 1n } }, "segments"],
  ])("are refused with %s", (_, fields, reason) => {
    expect(() => tensorValues(tensor({ dataType: UINT8, ...fields }), 'initialiser "w"')).toThrow(
      expect.objectContaining({
        code: "MALFORMED_TENSOR",
        message: expect.stringMatching(new RegExp(`initialiser "w": .*${reason}`)),
      }),
    );
  });

  test("are refused when they are in another file, however that is said", () => {
    const isExternal = expect.objectContaining({ code: "EXTERNAL_DATA" });
    const location = tensor({ dataType: INT8, dataLocation: TensorProto_DataLocation.EXTERNAL });
    const entry = tensor({ dataType: INT8, externalData: [{ key: "location", value: "/etc" }] });
    expect(() => tensorValues(location)).toThrow(isExternal);
    expect(() => tensorValues(entry)).toThrow(isExternal);
  });

  test("are refused when no memory should be given to them, before it is", () => {
    for (const dims of [[2n ** 40n], [2n ** 62n, 2n ** 62n], [2n ** 13n, 2n ** 12n]]) {
      expect(() => tensorValues(tensor({ dataType: INT64, dims }))).toThrow(
        expect.objectContaining({ code: "TOO_LARGE" }),
      );
    }
  });

  test.each([
    ["string", STRING],
    ["int4", INT4],
    ["dtype 99", 99],
  ])("are refused as %s, by that name", (name, dataType) => {
    expect(dtypeName(dataType)).toBe(name);
    expect(() => tensorValues(tensor({ dataType, dims: [1n] }))).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_DTYPE",
        message: expect.stringContaining(name),
      }),
    );
  });

  test("keep the byte order of ONNX, whatever the machine's is", () => {
    const rawData = Uint8Array.of(1, 2, 3, 4);
    expect(tensorValues(tensor({ dataType: INT32, dims: [1n], rawData })).values[0]).toBe(
      0x04030201,
    );
  });
});
