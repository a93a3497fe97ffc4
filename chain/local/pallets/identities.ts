/**
 * Names and addresses that coldkeys and subnets give themselves. Nothing depends on them.
 * @module
 */

import type { Items } from "../runtime/items.ts";
import {
  type Context,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";

type Identity = NonNullable<Items["SubtensorModule.IdentitiesV2"]["value"]>;
export type SubnetIdentity = NonNullable<Items["SubtensorModule.SubnetIdentitiesV3"]["value"]>;

/** Bytes that a field may have. */
const IDENTITY_LIMITS: Readonly<Record<keyof Identity, number>> = {
  ...{ name: 256, url: 256, github_repo: 256, image: 1_024, discord: 256 },
  ...{ description: 1_024, additional: 1_024 },
};
const SUBNET_LIMITS: Readonly<Record<keyof SubnetIdentity, number>> = {
  ...{ subnet_name: 256, github_repo: 1_024, subnet_contact: 1_024, subnet_url: 1_024 },
  ...{ discord: 256, description: 1_024, logo_url: 1_024, additional: 1_024 },
};

export function isIdentityValid(identity: SubnetIdentity): boolean {
  return fits(identity, SUBNET_LIMITS);
}

function fits<F extends string>(
  identity: Readonly<Record<F, Uint8Array>>,
  limits: Readonly<Record<F, number>>,
): boolean {
  return Object.entries<number>(limits).every(([field, limit]) => {
    return identity[field as F].length <= limit;
  });
}

function setIdentity(context: Context, origin: Origin, identity: Identity): void {
  const { state } = context;
  const coldkey = ensureSigned(origin);
  const isRegistered = state
    .get("SubtensorModule.OwnedHotkeys", [coldkey])
    .some((hotkey) => state.entries("SubtensorModule.IsNetworkMember", [hotkey]).length > 0);
  if (!isRegistered) fail("SubtensorModule", "HotKeyNotRegisteredInNetwork");
  if (!fits(identity, IDENTITY_LIMITS)) fail("SubtensorModule", "InvalidIdentity");
  state.put("SubtensorModule.IdentitiesV2", [coldkey], identity);
  context.emit("SubtensorModule", "ChainIdentitySet", coldkey);
}

function setSubnetIdentity(
  context: Context,
  origin: Origin,
  { netuid, ...identity }: SubnetIdentity & { readonly netuid: number },
): void {
  const { state } = context;
  if (state.get("SubtensorModule.SubnetOwner", [netuid]) !== ensureSigned(origin)) {
    fail("SubtensorModule", "NotSubnetOwner");
  }
  if (!isIdentityValid(identity)) fail("SubtensorModule", "InvalidIdentity");
  state.put("SubtensorModule.SubnetIdentitiesV3", [netuid], identity);
  context.emit("SubtensorModule", "SubnetIdentitySet", netuid);
}

export const IDENTITIES: PalletPart = {
  pallet: "SubtensorModule",
  calls: { set_identity: setIdentity, set_subnet_identity: setSubnetIdentity },
};
