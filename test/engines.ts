/**
 * Which engines stand here: tests of an engine that is not built are reported as skipped.
 * @module
 */
import { type EngineName, openEngine } from "../proof/open.ts";

const BUILT: ReadonlyMap<EngineName, boolean> = new Map([
  ["reference", true],
  ["native", opens("native")],
]);

export function isBuilt(engine: EngineName): boolean {
  return BUILT.get(engine) ?? false;
}

function opens(engine: EngineName): boolean {
  try {
    void openEngine({ engine }).close();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ENGINE_MISSING") return false;
    throw error;
  }
}
