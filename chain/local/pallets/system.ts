/**
 * System and Timestamp: accounts and nonces are kept by the executive, so what is left are remarks, the clock, and
 * set_code, by which the local chain announces an upgrade of its runtime.
 * @module
 */
import { blake2AsHex } from "@polkadot/util-crypto";
import {
  type CallHandler,
  type Context,
  DispatchFailure,
  ensureRoot,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import { SPEC } from "../runtime/spec.ts";
import { SPEC_NAME, specVersionOf } from "../runtime/version.ts";

/** Code of the local chain: no WebAssembly, but the number of the spec that shall hold from the next block on. */
const CODE = /^assay-local:(\d{1,9})$/;

/** What `set_code` takes to make `specVersion` the runtime's. */
export function codeOf(specVersion: number): Uint8Array {
  return new TextEncoder().encode(`assay-local:${specVersion}`);
}

const remark: CallHandler = (_, origin: Origin) => {
  ensureSigned(origin);
};

const remarkWithEvent: CallHandler = (context, origin, { remark }: { remark: Uint8Array }) => {
  const sender = ensureSigned(origin);
  context.emit("System", "Remarked", { sender, hash: blake2AsHex(remark, 256) });
};

const setCode: CallHandler = ({ state, emit }, origin, { code }: { code: Uint8Array }) => {
  ensureRoot(origin);
  const version = CODE.exec(Buffer.from(code).toString("latin1"))?.[1];
  if (version === undefined) fail("System", "FailedToExtractRuntimeVersion");
  if (Number(version) <= specVersionOf(state)) fail("System", "SpecVersionNeedsToIncrease");
  state.put("System.LastRuntimeUpgrade", [], {
    spec_version: Number(version),
    spec_name: SPEC_NAME,
  });
  emit("System", "CodeUpdated");
};

export const SYSTEM: PalletPart = {
  pallet: "System",
  calls: { remark, remark_with_event: remarkWithEvent, set_code: setCode },
  genesis(state) {
    state.put("System.LastRuntimeUpgrade", [], {
      spec_version: SPEC.specVersion,
      spec_name: SPEC_NAME,
    });
  },
};

const set: CallHandler = (context: Context, origin, { now }: { now: bigint }) => {
  if (origin.kind !== "none") throw new DispatchFailure({ type: "BadOrigin" });
  context.state.put("Timestamp.Now", [], now);
};

export const TIMESTAMP: PalletPart = { pallet: "Timestamp", calls: { set } };
