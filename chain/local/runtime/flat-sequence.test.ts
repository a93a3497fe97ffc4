import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDER } from "./codecs.ts";
import { flatSequenceCodec } from "./flat-sequence.ts";
import { denseId } from "./metadata.ts";
import { SPEC } from "./spec.ts";

const u16 = fc.nat(0xffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe.each([
  ["ValidatorPermit", fc.boolean()],
  ["Incentive", u16],
  ["Emission", u64],
  ["LastUpdate", u64],
  ["Weights", fc.tuple(u16, u16)],
] as const)("the vector %s", (item, element) => {
  const type = SPEC.pallets["SubtensorModule"]?.storage[item]?.value ?? -1;
  const generic = BUILDER.buildDefinition(denseId(type));

  test("has the bytes of the generic codec, and comes back from them", () => {
    const codec = flatSequenceCodec(type);
    const lengths = fc.constantFrom(0, 1, 63, 64, 256);
    const values = lengths.chain((length) =>
      fc.array(element as fc.Arbitrary<unknown>, { minLength: length, maxLength: length }),
    );
    fc.assert(
      fc.property(values, (vector) => {
        const bytes = codec?.enc(vector);
        expect(bytes).toEqual(generic.enc(vector));
        expect(codec?.dec(bytes as Uint8Array)).toEqual(vector);
      }),
      { numRuns: 40 },
    );
  });
});

test("other types are left to the generic codec", () => {
  for (const [pallet, item] of [
    ["System", "Events"],
    ["SubtensorModule", "Tempo"],
    ["SubtensorModule", "TokenSymbol"],
  ] as const) {
    expect(flatSequenceCodec(SPEC.pallets[pallet]?.storage[item]?.value ?? -1)).toBeUndefined();
  }
});
