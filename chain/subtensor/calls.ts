/**
 * The calls that this adapter makes, with the arguments they had when it was written. A runtime that has another call
 * under the same name is not signed for: what we mean by the bytes and what it does could differ.
 * @module
 */
import type { ApiPromise, SubmittableResult } from "@polkadot/api";
import type { SubmittableExtrinsic } from "@polkadot/api/types";
import { stringCamelCase, u8aToHex } from "@polkadot/util";
import { ChainError } from "../error.ts";

/** Names as in the metadata. */
export interface Call {
  readonly pallet: string;
  readonly call: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export type Transaction = SubmittableExtrinsic<"promise", SubmittableResult>;

/** Argument names and types as @polkadot/types writes them: spec 424, and 300 where it had the call. */
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  "SubtensorModule.set_weights":
    "netuid u16, dests Vec<u16>, weights Vec<u16>, version_key u64".split(", "),
  "SubtensorModule.set_mechanism_weights":
    "netuid u16, mecid u8, dests Vec<u16>, weights Vec<u16>, version_key u64".split(", "),
  "SubtensorModule.commit_weights": "netuid u16, commit_hash H256".split(", "),
  "SubtensorModule.commit_mechanism_weights": "netuid u16, mecid u8, commit_hash H256".split(", "),
  "SubtensorModule.reveal_weights":
    "netuid u16, uids Vec<u16>, values Vec<u16>, salt Vec<u16>, version_key u64".split(", "),
  "SubtensorModule.reveal_mechanism_weights":
    "netuid u16, mecid u8, uids Vec<u16>, values Vec<u16>, salt Vec<u16>, version_key u64".split(
      ", ",
    ),
  "SubtensorModule.commit_timelocked_weights":
    "netuid u16, commit Bytes, reveal_round u64, commit_reveal_version u16".split(", "),
  "SubtensorModule.commit_timelocked_mechanism_weights":
    "netuid u16, mecid u8, commit Bytes, reveal_round u64, commit_reveal_version u16".split(", "),
  "SubtensorModule.burned_register": "netuid u16, hotkey AccountId".split(", "),
  "SubtensorModule.register_limit": "netuid u16, hotkey AccountId, limit_price u64".split(", "),
  "SubtensorModule.serve_axon":
    "netuid u16, version u32, ip u128, port u16, ip_type u8, protocol u8, placeholder1 u8, placeholder2 u8".split(
      ", ",
    ),
  "SubtensorModule.add_stake": "hotkey AccountId, netuid u16, amount_staked u64".split(", "),
  "SubtensorModule.remove_stake": "hotkey AccountId, netuid u16, amount_unstaked u64".split(", "),
  "Commitments.set_commitment": ["netuid u16", 'info {"fields":"Vec<PalletCommitmentsData>"}'],
  "Balances.transfer_keep_alive": ["dest MultiAddress", "value Compact<u64>"],
};

type CallName = keyof typeof SHAPES;

export function hasCall(api: ApiPromise, pallet: string, call: string): boolean {
  return api.tx[sectionOf(pallet)]?.[stringCamelCase(call)] !== undefined;
}

/**
 * The call as a transaction that nobody has signed.
 * @throws ChainError `CALL_MISSING`, `CALL_CHANGED`, `MALFORMED_CALL`
 */
export function buildCall(api: ApiPromise, { pallet, call, args }: Call): Transaction {
  const name: CallName = `${pallet}.${call}`;
  const make = api.tx[sectionOf(pallet)]?.[stringCamelCase(call)];
  if (make === undefined) {
    throw new ChainError(
      "CALL_MISSING",
      `the chain's runtime ${api.runtimeVersion.specVersion} has no call ${name}`,
      "Update, or check that this is a Subtensor chain.",
    );
  }
  const fields = make.meta.args.map((arg) => ({
    name: String(arg.name),
    type: typeName(api.registry.createType(String(arg.type)).toRawType()),
  }));
  const expected = SHAPES[name];
  const actual = fields.map((field) => `${snake(field.name)} ${field.type}`);
  if (expected !== undefined && expected.join() !== actual.join()) {
    throw new ChainError(
      "CALL_CHANGED",
      `${name} takes (${actual.join(", ")}) now, expected (${expected.join(", ")})`,
      "Update; until then this is not signed.",
    );
  }
  const missing = fields.filter((field) => !Object.hasOwn(args, snake(field.name)));
  if (missing.length > 0 || Object.keys(args).length !== fields.length) {
    throw new ChainError(
      "MALFORMED_CALL",
      `${name} takes (${actual.join(", ")}), got (${Object.keys(args).join(", ")})`,
      "Give every argument of the call by its name, and no other.",
    );
  }
  try {
    return make(
      ...fields.map((field) => {
        const value = args[snake(field.name)];
        // Bytes as an array would be taken for their SCALE, with a length in front.
        return value instanceof Uint8Array ? u8aToHex(value) : value;
      }),
    );
  } catch (cause) {
    throw new ChainError(
      "MALFORMED_CALL",
      `${name} cannot be encoded: ${cause instanceof Error ? cause.message.slice(0, 300) : ""}`,
      "Give arguments of the types that the call takes.",
      { cause },
    );
  }
}

/** "SubtensorModule" is api.tx.subtensorModule. */
function sectionOf(pallet: string): string {
  return stringCamelCase(pallet);
}

/** The forms of an address besides the account's id are other chains' matter, and written differently by each. */
function typeName(rawType: string): string {
  return rawType.startsWith('{"_enum":{"Id":"AccountId"') ? "MultiAddress" : rawType;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
