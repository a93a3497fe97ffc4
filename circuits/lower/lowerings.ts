/**
 * Who lowers which kind of form. An operator whose form is here needs no code of its own in circuits/.
 * @module
 */
import type { Form } from "../../models/operators/form.ts";
import { lowerAbsolute, lowerSign } from "./forms/absolute.ts";
import { lowerCompare } from "./forms/compare.ts";
import { lowerRemainder } from "./forms/division.ts";
import { lowerExtreme } from "./forms/extreme.ts";
import { lowerLinear } from "./forms/linear.ts";
import { lowerLogic } from "./forms/logic.ts";
import { lowerMove } from "./forms/move.ts";
import { lowerExtremePosition } from "./forms/position.ts";
import { lowerProduct } from "./forms/product.ts";
import { lowerClamp, lowerQuotient, lowerWrap } from "./forms/rounded.ts";
import { lowerSelect } from "./forms/select.ts";
import { lowerTable } from "./forms/table.ts";
import type { Element } from "./rounded.ts";
import type { Lowering, Site } from "./site.ts";

const LOWERINGS: { readonly [K in Form["kind"]]: Lowering<K> } = {
  move: lowerMove,
  linear: lowerLinear,
  quotient: lowerQuotient,
  remainder: lowerRemainder,
  clamp: lowerClamp,
  wrap: lowerWrap,
  extreme: lowerExtreme,
  "extreme-position": lowerExtremePosition,
  product: lowerProduct,
  compare: lowerCompare,
  logic: lowerLogic,
  select: lowerSelect,
  table: lowerTable,
  absolute: lowerAbsolute,
  sign: lowerSign,
};

/** @throws CircuitError `UNSUPPORTED_GRAPH`, `BOUND_UNPROVEN` */
export function lowerForm<K extends Form["kind"]>(
  form: Extract<Form, { readonly kind: K }>,
  site: Site,
): (i: number) => Element {
  const lowering: Lowering<K> = LOWERINGS[form.kind as K];
  return lowering(form, site);
}
