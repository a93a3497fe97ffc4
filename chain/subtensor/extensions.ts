/**
 * Signed extensions: what a chain wants signed beside the call. One that we do not know and that has bytes of its own
 * would make us sign what we cannot read, so then nothing is signed. The four of Subtensor's own are without bytes,
 * and are only taken as that where the metadata says so.
 * @module
 */
import type { ApiPromise } from "@polkadot/api";
import type { ExtDef } from "@polkadot/types/extrinsic/signedExtensions/types";
import { ChainError } from "../error.ts";

/** Extensions whose bytes @polkadot/types writes as Substrate defines them. */
const KNOWN: ReadonlySet<string> = new Set([
  "CheckNonZeroSender",
  "CheckSpecVersion",
  "CheckTxVersion",
  "CheckGenesis",
  "CheckMortality",
  "CheckNonce",
  "CheckWeight",
  "ChargeTransactionPayment",
  "CheckMetadataHash",
]);

const NO_EFFECT = { extrinsic: {}, payload: {} };

/** Subtensor's own, of spec 424 and of before 260. Named, so that @polkadot/types does not warn of them. */
export const SUBTENSOR_EXTENSIONS: ExtDef = {
  CommitmentsSignedExtension: NO_EFFECT,
  SubtensorSignedExtension: NO_EFFECT,
  SudoTransactionExtension: NO_EFFECT,
  CheckShieldedTxValidity: NO_EFFECT,
  SubtensorTransactionExtension: NO_EFFECT,
  DrandPriority: NO_EFFECT,
};

/** The names of those that forbid signing. */
export function unknownExtensions(api: ApiPromise): readonly string[] {
  const { transactionExtensions } = api.runtimeMetadata.asLatest.extrinsic;
  return transactionExtensions
    .filter(({ identifier, type, implicit }) => {
      if (KNOWN.has(String(identifier))) return false;
      return !(isZeroSized(api, type.toNumber()) && isZeroSized(api, implicit.toNumber()));
    })
    .map(({ identifier }) => String(identifier));
}

/** @throws ChainError `UNKNOWN_SIGNED_EXTENSION` */
export function assertMaySign(unknown: readonly string[], url: string): void {
  if (unknown.length === 0) return;
  throw new ChainError(
    "UNKNOWN_SIGNED_EXTENSION",
    `${url} wants ${unknown.join(", ")} signed with every call, which this version cannot read`,
    "Update; until then nothing is signed for this chain.",
  );
}

function isZeroSized(api: ApiPromise, id: number): boolean {
  const { def } = api.registry.lookup.getSiType(id);
  if (def.isTuple) return def.asTuple.every((field) => isZeroSized(api, field.toNumber()));
  if (def.isComposite) {
    return def.asComposite.fields.every(({ type }) => isZeroSized(api, type.toNumber()));
  }
  if (def.isArray) {
    const { len, type } = def.asArray;
    return len.toNumber() === 0 || isZeroSized(api, type.toNumber());
  }
  return false;
}
