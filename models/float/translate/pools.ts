/**
 * ONNX's pools, with pads written out: where ceil_mode rounds a size up, the pads at the end are what is missing.
 * @module
 */
import { badShape } from "../operators/operator.ts";
import { windowAttributes } from "./linear.ts";
import type { Site, Translator } from "./site.ts";

interface PoolAttributes {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

function attributesOf(site: Site): PoolAttributes & { readonly isExtended: boolean } {
  const spatial = site.input(0).dims.slice(2);
  const kernel = site.integers("kernel_shape") ?? [];
  const rank = spatial.length;
  const { strides, dilations, pads } = windowAttributes(site, spatial, kernel);
  if (
    [kernel, strides, dilations].some((list) => list.length !== rank) ||
    pads.length !== 2 * rank
  ) {
    throw badShape(site.label, `its attributes do not fit ${rank} spatial axes`);
  }
  const extended = [...pads];
  if (site.flag("ceil_mode", 0)) {
    spatial.forEach((size, axis) => {
      const [stride, begin] = [strides[axis] as number, pads[axis] as number];
      const reach = (dilations[axis] as number) * ((kernel[axis] as number) - 1) + 1;
      const padded = size + begin + (pads[axis + rank] as number);
      let steps = Math.ceil((padded - reach) / stride) + 1;
      // A window that would begin in the padding behind does not exist.
      if ((steps - 1) * stride >= size + begin) steps--;
      const missing = (steps - 1) * stride + reach - padded;
      if (missing > 0) extended[axis + rank] = (pads[axis + rank] as number) + missing;
    });
  }
  const isExtended = extended.some((size, i) => size !== pads[i]);
  return { kernel_shape: kernel, strides, dilations, pads: extended, isExtended };
}

export const maxPool: Translator = (site) => {
  site.ignore("storage_order");
  if (site.wants(1)) {
    throw site.refuse(
      "the positions of the greatest elements are used",
      "Replace MaxUnpool by an upsampling of nearest neighbours.",
    );
  }
  const { isExtended: _, ...attributes } = attributesOf(site);
  return [site.draft.emit("MaxPool", [site.input(0)], { ...attributes })];
};

export const averagePool: Translator = (site) => {
  const count_include_pad = site.flag("count_include_pad", 0) ? 1 : 0;
  const { isExtended, ...attributes } = attributesOf(site);
  if (isExtended && count_include_pad === 1) {
    throw site.refuse(
      "ceil_mode together with count_include_pad is understood differently by different runtimes",
      "Pad the input so that windows fit, or leave count_include_pad out.",
    );
  }
  return [site.draft.emit("AveragePool", [site.input(0)], { ...attributes, count_include_pad })];
};
