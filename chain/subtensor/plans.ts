/**
 * What is signed for every intent but weights, and what stands against it before it is signed.
 * @module
 */
import ipaddr from "ipaddr.js";
import { z } from "zod";
import type { Endpoint, Hotkey, Intent } from "../chain.ts";
import { ChainError } from "../error.ts";
import { hasCall } from "./calls.ts";
import { subnetNotExists } from "./metagraph.ts";
import { refusal } from "./refusal.ts";
import { Axon, Bool, Bytes, Count, Rao, Small } from "./shapes.ts";
import { type Item, subtensorItem, type View } from "./view.ts";
import type { Plan } from "./weights.ts";

type IntentOf<Kind extends Intent["kind"]> = Extract<Intent, { readonly kind: Kind }>;
type StakeIntent = Extract<Intent, { readonly amount: bigint; readonly hotkey: Hotkey }>;

/** What v11 of Bittensor's SDK publishes. */
const AXON_VERSION = 1;
const AXON_PROTOCOL = 4;
/** Subtensor's existential deposit, rao. */
const EXISTENTIAL_DEPOSIT = 500n;
const LARGEST_RAW = 128;
const LARGEST_COMMITMENT = 512;
/** The most a registration may cost above the price now: a tenth. */
const PRICE_MARGIN = 10n;

interface AccountState {
  readonly nonce: number;
  readonly data: { readonly free: bigint };
}

const AccountShape: z.ZodType<AccountState> = z.looseObject({
  nonce: Small,
  data: z.looseObject({ free: Rao }),
});

export function accountItem(who: Hotkey): Item<AccountState> {
  return { pallet: "system", item: "account", args: [who], schema: AccountShape };
}

export function uidItem(netuid: number, hotkey: Hotkey): Item<number | null> {
  return subtensorItem("uids", [netuid, hotkey], Small.nullable());
}

/** @throws ChainError `SubnetNotExists`, `MALFORMED_ENDPOINT`, `COMMITMENT_TOO_LONG` */
export function plan(
  view: View,
  intent: Exclude<Intent, IntentOf<"setWeights">>,
  who: Hotkey,
): Promise<Plan> {
  switch (intent.kind) {
    case "register":
      return planRegistration(view, intent, who);
    case "serve":
      return planServing(view, intent, who);
    case "addStake":
      return planStake(view, intent, who);
    case "removeStake":
      return planUnstake(intent);
    case "commit":
      return planCommitment(view, intent, who);
    case "transfer":
      return planTransfer(view, intent, who);
  }
}

async function planRegistration(
  view: View,
  { netuid, hotkey, limitRao }: IntentOf<"register">,
  who: Hotkey,
): Promise<Plan> {
  const [exists, cost, isAllowed, uid, account] = await view.read(
    subtensorItem("networksAdded", [netuid], Bool),
    subtensorItem("burn", [netuid], Rao),
    subtensorItem("networkRegistrationAllowed", [netuid], Bool),
    uidItem(netuid, hotkey),
    accountItem(who),
  );
  if (!exists) throw subnetNotExists(netuid);
  const pallet = "SubtensorModule";
  const limit = limitRao ?? cost + cost / PRICE_MARGIN;
  const call = hasCall(view.session.api, pallet, "register_limit")
    ? { pallet, call: "register_limit", args: { netuid, hotkey, limit_price: limit } }
    : { pallet, call: "burned_register", args: { netuid, hotkey } };
  return {
    call,
    obstacles: present(
      uid !== null && refusal("HotKeyAlreadyRegisteredInSubNet", `${hotkey} is uid ${uid}`),
      !isAllowed && refusal("SubNetRegistrationDisabled", `subnet ${netuid}`),
      cost > limit &&
        refusal("RegistrationPriceLimitExceeded", `it costs ${cost} rao, the limit is ${limit}`),
      tooPoor(account.data.free, cost),
    ),
  };
}

async function planServing(
  view: View,
  { netuid, endpoint }: IntentOf<"serve">,
  who: Hotkey,
): Promise<Plan> {
  const address = parseAddress(endpoint);
  const [exists, uid, axon, rateLimit] = await view.read(
    subtensorItem("networksAdded", [netuid], Bool),
    uidItem(netuid, who),
    subtensorItem("axons", [netuid, who], Axon.nullable()),
    subtensorItem("servingRateLimit", [netuid], Count),
  );
  if (!exists) throw subnetNotExists(netuid);
  const left = axon === null ? 0 : axon.block + rateLimit - (view.head.number + 1);
  return {
    call: {
      pallet: "SubtensorModule",
      call: "serve_axon",
      args: {
        netuid,
        version: AXON_VERSION,
        ip: address.value,
        port: endpoint.port,
        ip_type: address.type,
        protocol: AXON_PROTOCOL,
        placeholder1: 0,
        placeholder2: 0,
      },
    },
    obstacles: present(
      uid === null && refusal("HotKeyNotRegisteredInNetwork", `${who} in subnet ${netuid}`),
      !address.isAllowed && refusal("InvalidIpAddress", `the chain takes no ${endpoint.ip}`),
      axon !== null &&
        axon.block > 0 &&
        left > 0 &&
        refusal("ServingRateLimitExceeded", `${left} blocks are left of ${rateLimit}`),
    ),
  };
}

async function planStake(
  view: View,
  { netuid, hotkey, amount }: StakeIntent,
  who: Hotkey,
): Promise<Plan> {
  const [account] = await view.read(accountItem(who));
  return {
    call: {
      pallet: "SubtensorModule",
      call: "add_stake",
      args: { hotkey, netuid, amount_staked: amount },
    },
    obstacles: present(tooPoor(account.data.free, amount)),
  };
}

async function planUnstake({ netuid, hotkey, amount }: StakeIntent): Promise<Plan> {
  return {
    call: {
      pallet: "SubtensorModule",
      call: "remove_stake",
      args: { hotkey, netuid, amount_unstaked: amount },
    },
    obstacles: [],
  };
}

async function planCommitment(
  view: View,
  { netuid, content }: IntentOf<"commit">,
  who: Hotkey,
): Promise<Plan> {
  if (content.length > LARGEST_COMMITMENT) {
    throw new ChainError(
      "COMMITMENT_TOO_LONG",
      `the commitment has ${content.length} bytes, the chain takes ${LARGEST_COMMITMENT}`,
      "Commit to a hash of it, and publish the rest elsewhere.",
    );
  }
  const [uid] = await view.read(uidItem(netuid, who));
  const hex = `0x${Buffer.from(content).toString("hex")}`;
  const field = content.length > LARGEST_RAW ? { BigRaw: hex } : { [`Raw${content.length}`]: hex };
  return {
    call: {
      pallet: "Commitments",
      call: "set_commitment",
      args: { netuid, info: { fields: [field] } },
    },
    obstacles: present(
      uid === null && refusal("AccountNotAllowedCommit", `${who} in subnet ${netuid}`),
    ),
  };
}

async function planTransfer(
  view: View,
  { to, amount }: IntentOf<"transfer">,
  who: Hotkey,
): Promise<Plan> {
  const [account] = await view.read(accountItem(who));
  return {
    call: { pallet: "Balances", call: "transfer_keep_alive", args: { dest: to, value: amount } },
    obstacles: present(tooPoor(account.data.free, amount)),
  };
}

/** The first raw field of a commitment; undefined when there is none. */
export const CommitmentShape: z.ZodType<{
  readonly content: Uint8Array | undefined;
  readonly block: number;
} | null> = z
  .looseObject({
    block: Small,
    info: z.looseObject({
      fields: z.array(z.looseObject({ type: z.string(), value: z.unknown() })),
    }),
  })
  .transform(({ block, info }) => {
    const raw = info.fields.find(({ type }) => /^(Raw\d+|BigRaw)$/.test(type));
    return { content: Bytes.safeParse(raw?.value).data, block };
  })
  .nullable();

function tooPoor(free: bigint, amount: bigint): ChainError | false {
  if (free >= amount + EXISTENTIAL_DEPOSIT) return false;
  return new ChainError(
    "INSUFFICIENT_BALANCE",
    `the account holds ${free} rao, ${amount} and ${EXISTENTIAL_DEPOSIT} that must stay are needed`,
    "Fund the account, or give a smaller amount.",
  );
}

/** @throws ChainError `MALFORMED_ENDPOINT` */
function parseAddress({ ip, port }: Endpoint): {
  readonly value: bigint;
  readonly type: 4 | 6;
  readonly isAllowed: boolean;
} {
  if (!ipaddr.isValid(ip) || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ChainError(
      "MALFORMED_ENDPOINT",
      `expected an IP address and a port of 1 to 65535, got ${JSON.stringify(ip.slice(0, 60))} and ${port}`,
      "Publish the address and port at which this machine is reached.",
    );
  }
  const address = ipaddr.parse(ip);
  const bytes = address.toByteArray();
  const value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  const isLoopback = value === (bytes.length === 4 ? 0x7f_00_00_01n : 1n);
  const isBroadcast = bytes.every((byte) => byte === 0xff);
  return {
    value,
    type: bytes.length === 4 ? 4 : 6,
    isAllowed: value !== 0n && !isLoopback && !isBroadcast,
  };
}

function present(...obstacles: readonly (ChainError | false)[]): readonly ChainError[] {
  return obstacles.filter((obstacle) => obstacle !== false);
}
