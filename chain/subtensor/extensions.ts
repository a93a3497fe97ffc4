/**
 * Signed extensions: what a chain wants signed beside the call. One that we do not know and that has bytes of its own
 * would make us sign what we cannot read, so then nothing is signed. The four of Subtensor's own are without bytes,
 * and are only taken as that where the metadata says so.
 * @module
 */
import type { Metadata } from "@polkadot/types";
import type { ExtDef } from "@polkadot/types/extrinsic/signedExtensions/types";
import type { Registry } from "@polkadot/types/types";
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

const V15 = 15;
const V16 = 16;

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
export function unknownExtensions(registry: Registry, metadata: Metadata): readonly string[] {
  return extensionsOf(metadata)
    .filter(({ name, extra, implicit }) => {
      return !KNOWN.has(name) && !(isZeroSized(registry, extra) && isZeroSized(registry, implicit));
    })
    .map(({ name }) => name);
}

interface Extension {
  readonly name: string;
  /** Type ids of what is sent along, and of what is only signed. */
  readonly extra: number;
  readonly implicit: number;
}

/** In the form that the node sent: @polkadot/types 16.5.6 loses `implicit` when it makes version 16 of version 15. */
function extensionsOf(metadata: Metadata): readonly Extension[] {
  if (metadata.version >= V16) {
    return metadata.asV16.extrinsic.transactionExtensions.map((extension) => ({
      name: String(extension.identifier),
      extra: extension.type.toNumber(),
      implicit: extension.implicit.toNumber(),
    }));
  }
  const { signedExtensions } =
    metadata.version === V15 ? metadata.asV15.extrinsic : metadata.asV14.extrinsic;
  return signedExtensions.map((extension) => ({
    name: String(extension.identifier),
    extra: extension.type.toNumber(),
    implicit: extension.additionalSigned.toNumber(),
  }));
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

function isZeroSized(registry: Registry, id: number): boolean {
  const { def } = registry.lookup.getSiType(id);
  if (def.isTuple) return def.asTuple.every((field) => isZeroSized(registry, field.toNumber()));
  if (def.isComposite) {
    return def.asComposite.fields.every(({ type }) => isZeroSized(registry, type.toNumber()));
  }
  if (def.isArray) {
    const { len, type } = def.asArray;
    return len.toNumber() === 0 || isZeroSized(registry, type.toNumber());
  }
  return false;
}
