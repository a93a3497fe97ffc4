/**
 * For tests: convolutions and poolings at random.
 * @module
 */
import fc from "fast-check";
import { anyConstant, anyInput, type Lone } from "./testing.ts";
import { withoutTrailing } from "./testing-arithmetic.ts";

interface Geometry {
  readonly sizes: readonly number[];
  readonly kernel: readonly number[];
  readonly attributes: Readonly<Record<string, string | readonly number[]>>;
}

export const ANY_WINDOWS: Readonly<Record<string, fc.Arbitrary<Lone>>> = {
  ConvInteger: fc
    .record({
      geometry: anyGeometry((kernel) => kernel + 2),
      dtype: fc.constantFrom("uint8" as const, "int8" as const),
      samples: fc.integer({ min: 1, max: 2 }),
      group: fc.integer({ min: 1, max: 3 }),
      depth: fc.integer({ min: 1, max: 2 }),
      channels: fc.integer({ min: 1, max: 2 }),
      isShapeStated: fc.boolean(),
    })
    .chain(({ geometry, dtype, samples, group, depth, channels, isShapeStated }) => {
      const { sizes, kernel, attributes } = geometry;
      const zero = fc.option(fc.oneof(anyConstant(dtype, []), anyConstant(dtype, [1])), {
        nil: undefined,
      });
      return fc
        .tuple(
          anyInput(dtype, [samples, group * depth, ...sizes]),
          anyConstant(dtype, [group * channels, depth, ...kernel]),
          zero,
          zero,
        )
        .map((operands) => ({
          op: "ConvInteger",
          operands: withoutTrailing(operands),
          attributes: {
            ...attributes,
            ...(group > 1 ? { group } : {}),
            ...(isShapeStated ? { kernel_shape: kernel } : {}),
          },
        }));
    }),
  MaxPool: fc
    .record({
      geometry: anyGeometry((kernel) => kernel - 1),
      dtype: fc.constantFrom("uint8" as const, "int8" as const),
      samples: fc.integer({ min: 1, max: 2 }),
      channels: fc.integer({ min: 1, max: 2 }),
    })
    .filter(({ geometry }) => hasElementsEverywhere(geometry))
    .chain(({ geometry, dtype, samples, channels }) => {
      const { sizes, kernel, attributes } = geometry;
      return anyInput(dtype, [samples, channels, ...sizes]).map((x) => ({
        op: "MaxPool",
        operands: [x],
        attributes: { ...attributes, kernel_shape: kernel },
      }));
    }),
};

/** Windows that fit over what they slide over, its border included. */
function anyGeometry(widestPad: (kernel: number) => number): fc.Arbitrary<Geometry> {
  const axis = fc
    .record({
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      more: fc.nat(4),
    })
    .chain((drawn) => {
      const pad = fc.nat(widestPad(drawn.kernel));
      return fc.record({ drawn: fc.constant(drawn), before: pad, after: pad });
    });
  const mode = fc.constantFrom("pads", "VALID", "SAME_UPPER", "SAME_LOWER", "none");
  return fc.tuple(fc.array(axis, { minLength: 1, maxLength: 3 }), mode).map(([axes, chosen]) => {
    const isSame = chosen.startsWith("SAME");
    const kernel = axes.map(({ drawn }) => drawn.kernel);
    const dilations = axes.map(({ drawn }) => (isSame ? 1 : drawn.dilation));
    const isPadded = chosen === "pads";
    const sizes = axes.map(({ drawn, before, after }, i) => {
      const reach = (drawn.kernel - 1) * (dilations[i] as number) + 1;
      // Where whole strides are left over: then SAME pads with something, or nothing.
      if (isSame) return drawn.kernel >= drawn.stride ? reach + drawn.more : drawn.stride + 1;
      return Math.max(reach - (isPadded ? before + after : 0), 1) + drawn.more;
    });
    const pads = [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)];
    return {
      sizes,
      kernel,
      attributes: {
        strides: axes.map(({ drawn }) => drawn.stride),
        ...(isSame ? {} : { dilations }),
        ...(isPadded ? { pads } : {}),
        ...(isPadded || chosen === "none" ? {} : { auto_pad: chosen }),
      },
    };
  });
}

/** A dilated window can lie in the border with all its elements; then its maximum is refused. */
function hasElementsEverywhere({ sizes, kernel, attributes }: Geometry): boolean {
  const listed = (name: string): readonly number[] => attributes[name] as readonly number[];
  const { pads, dilations } = attributes;
  if (pads === undefined || dilations === undefined) return true;
  return sizes.every((size, axis) => {
    const before = listed("pads")[axis] as number;
    const after = listed("pads")[axis + sizes.length] as number;
    const dilation = listed("dilations")[axis] as number;
    const taps = Array.from({ length: kernel[axis] as number }, (_, tap) => tap * dilation);
    const last = before + size + after - (taps.at(-1) as number);
    for (let begin = -before; begin < last - before; begin += listed("strides")[axis] as number) {
      if (taps.every((tap) => begin + tap < 0 || begin + tap >= size)) return false;
    }
    return true;
  });
}
