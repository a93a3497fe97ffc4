import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeNpz } from "./npz.ts";
import { doublesNpy, encodeNpz } from "./testing.ts";

const anyName = fc.stringMatching(/^[a-z_][a-z0-9_.]{0,8}$/);
const anyNumbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 });
const anyArrays = fc.dictionary(anyName, anyNumbers, { maxKeys: 5 });
const saved = (arrays: Readonly<Record<string, readonly number[]>>, deflate = false): Uint8Array =>
  encodeNpz(
    Object.fromEntries(
      Object.entries(arrays).map(([name, values]) => [name, doublesNpy([values.length], values)]),
    ),
    { deflate },
  );

describe("decodeNpz", () => {
  test("reads back whatever arrays were saved, stored or deflated", () => {
    fc.assert(
      fc.property(anyArrays, fc.boolean(), (arrays, deflate) => {
        const read = decodeNpz(saved(arrays, deflate));
        expect(
          Object.fromEntries([...read].map(([name, { values }]) => [name, [...values]])),
        ).toEqual(Object.fromEntries(Object.entries(arrays)));
      }),
    );
  });

  test.each([false, true])("refuses every truncation (deflated: %s)", (deflate) => {
    const good = saved({ x: [1, 2, 3], y: [4] }, deflate);
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeNpz(good.subarray(0, length))).toThrow(/not a usable .np[yz] file/);
    }
  });

  test("gives the same numbers or an error of ours for any byte changed, never another number", () => {
    for (const deflate of [false, true]) {
      const good = saved({ x: [1, 2, 3], y: [4] }, deflate);
      const expected = decodeNpz(good);
      fc.assert(
        fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
          const spoilt = Uint8Array.from(good);
          spoilt[at] = (spoilt[at] ?? 0) ^ by;
          try {
            // A name is in no checksum: it may read as another name.
            expect([...decodeNpz(spoilt).values()]).toEqual([...expected.values()]);
          } catch (error) {
            expect(error).toMatchObject({ code: "MALFORMED_INPUT" });
          }
        }),
        { numRuns: 500 },
      );
    }
  });

  test("never unpacks more than an entry states", () => {
    const bomb = Buffer.from(saved({ x: new Array(100_000).fill(0) }, true));
    const entry = bomb.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
    bomb.writeUInt32LE(1_000, entry + 24);
    expect(() => decodeNpz(bomb)).toThrow(/does not unpack/);
    bomb.writeUInt32LE(0xfffffffe, entry + 24);
    expect(() => decodeNpz(bomb)).toThrow(/unpacks to more/);
  });

  test("refuses the same name twice, a file that is no array, and what is no zip", () => {
    const twice = Buffer.from(saved({ x: [1], y: [2] }));
    for (let at = twice.indexOf("y.npy"); at >= 0; at = twice.indexOf("y.npy"))
      twice.write("x", at);
    expect(() => decodeNpz(twice)).toThrow(/there twice/);
    const text = Buffer.from(saved({ x: [1] }));
    for (let at = text.indexOf("x.npy"); at >= 0; at = text.indexOf("x.npy"))
      text.write("x.txt", at);
    expect(() => decodeNpz(text)).toThrow(/no array of NumPy/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
        expect(() => decodeNpz(noise)).toThrow(/not a usable/);
      }),
    );
  });
});
