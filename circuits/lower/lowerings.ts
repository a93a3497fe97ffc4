/**
 * Who lowers which kind of form. An operator whose form is here needs no code of its own in circuits/.
 * @module
 */
import type { Form } from "../../models/operators/form.ts";
import { lowerExtreme } from "./forms/extreme.ts";
import { lowerLinear } from "./forms/linear.ts";
import { lowerMove } from "./forms/move.ts";
import { lowerClamp, lowerQuotient, lowerWrap } from "./forms/rounded.ts";
import type { Element } from "./rounded.ts";
import { type Lowering, type Site, unsupported } from "./site.ts";

const LOWERINGS: { readonly [K in Form["kind"]]?: Lowering<K> } = {
  move: lowerMove,
  linear: lowerLinear,
  quotient: lowerQuotient,
  clamp: lowerClamp,
  wrap: lowerWrap,
  extreme: lowerExtreme,
};

/** @throws CircuitError `UNSUPPORTED_GRAPH` */
export function lowerForm<K extends Form["kind"]>(
  form: Extract<Form, { readonly kind: K }>,
  site: Site,
): (i: number) => Element {
  const lowering: Lowering<K> | undefined = LOWERINGS[form.kind as K];
  if (lowering !== undefined) return lowering(form, site);
  throw unsupported(site, `a ${form.kind} cannot be proven`, "Use another operator.");
}
