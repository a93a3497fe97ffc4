/**
 * Why the chain does not take a call, by the chain's own name for it, with what to do about it. Two places refuse: the
 * pool, before a transaction is in any block (RPC errors 1010 to 1016, Subtensor's reasons as "Custom error: N"), and
 * the call itself, in its block (a dispatch error, whose names are in the metadata).
 * @module
 */
import type { DispatchError } from "@polkadot/types/interfaces";
import type { Registry } from "@polkadot/types/types";
import { ChainError } from "../error.ts";
import type { RpcFailure } from "./socket.ts";

/** By number: opentensor/subtensor, common/src/transaction_error.rs. */
const CUSTOM: Readonly<Record<number, string>> = {
  0: "ColdkeyInSwapSchedule",
  1: "StakeAmountTooLow",
  2: "BalanceTooLow",
  3: "SubnetNotExists",
  4: "HotkeyAccountDoesntExist",
  5: "NotEnoughStakeToWithdraw",
  6: "RateLimitExceeded",
  7: "InsufficientLiquidity",
  8: "SlippageTooHigh",
  9: "TransferDisallowed",
  10: "HotKeyNotRegisteredInNetwork",
  11: "InvalidIpAddress",
  12: "ServingRateLimitExceeded",
  13: "InvalidPort",
  14: "ZeroMaxAmount",
  15: "InvalidRevealRound",
  16: "CommitNotFound",
  17: "CommitBlockNotInRevealRange",
  18: "InputLengthsUnequal",
  19: "UidNotFound",
  20: "EvmKeyAssociateRateLimitExceeded",
  21: "ColdkeySwapDisputed",
  22: "InvalidRealAccount",
  23: "FailedShieldedTxParsing",
  24: "InvalidShieldedTxPubKeyHash",
  25: "NonAssociatedColdKey",
  26: "DelegateTakeTooLow",
  27: "DelegateTakeTooHigh",
  255: "BadRequest",
};

/** Substrate's own, as sp_runtime words them for people; the names are InvalidTransaction's. */
const WORDED: Readonly<Record<string, string>> = {
  "Transaction is outdated": "Stale",
  "Transaction will be valid in the future": "Future",
  "Transaction has a bad signature": "BadProof",
  "Transaction has an ancient birth block": "AncientBirthBlock",
  "Transaction would exhaust the block limits": "ExhaustsResources",
  "Transaction call is not expected": "Call",
  "Inability to pay some fees (e.g. account balance too low)": "Payment",
  "Transaction dispatch is mandatory; transactions must not be validated.": "BadMandatory",
  "Invalid signing address": "BadSigner",
};

/** The pool itself. */
const POOL: Readonly<Record<number, string>> = {
  1002: "VerificationError",
  1011: "UnknownValidity",
  1012: "TemporarilyBanned",
  1013: "AlreadyImported",
  1014: "PriorityTooLow",
  1015: "CycleDetected",
  1016: "ImmediatelyDropped",
};
const INVALID = 1010;

const WAIT = "Wait some blocks and try again.";
const REGISTER = "Register the hotkey in this subnet first.";
const FUND = "Fund the coldkey.";
const REREAD = "Read the metagraph again and weigh registered uids only, each once.";
const REACHABLE = "Publish the address and port at which this machine is reached; not 127.0.0.1.";

/** What the sender can do. Who is not here is told to look the name up. */
const HINTS: Readonly<Record<string, string>> = {
  Stale: "Sign again, with the account's next nonce: this one is used.",
  Future: "Send the account's earlier transactions first.",
  BadProof: "Sign for this chain, with the key that the transaction names.",
  AncientBirthBlock: "Sign again, on a recent block.",
  ExhaustsResources: WAIT,
  Call: "The chain does not allow this call now.",
  Payment: "Fund the account: its calls cost a fee.",
  TemporarilyBanned: "The node refused this very transaction a moment ago; wait a block.",
  AlreadyImported: "Nothing is left to do: it waits for a block.",
  PriorityTooLow:
    "Another transaction with this nonce waits; let it pass, or use one process per key.",
  ImmediatelyDropped: "The node's pool is full; wait some blocks, or name another endpoint.",
  // Subtensor's pool.
  ColdkeyInSwapSchedule: "This coldkey is about to be swapped; wait, or use the new one.",
  StakeAmountTooLow: "Give a larger amount.",
  BalanceTooLow: FUND,
  SubnetNotExists: "Check the netuid and the network.",
  HotkeyAccountDoesntExist: REGISTER,
  NotEnoughStakeToWithdraw: "Withdraw no more than is staked.",
  RateLimitExceeded: WAIT,
  InsufficientLiquidity: "Give a smaller amount: the subnet's pool does not hold it.",
  SlippageTooHigh: "Give a smaller amount, or allow a worse price.",
  HotKeyNotRegisteredInNetwork: REGISTER,
  InvalidIpAddress: REACHABLE,
  InvalidPort: REACHABLE,
  ServingRateLimitExceeded: WAIT,
  InvalidRevealRound: "Check this machine's clock: the round to reveal in is past.",
  CommitNotFound: "Nothing is left to reveal: the commit is gone or was revealed.",
  CommitBlockNotInRevealRange: "Reveal in the epoch that the commit is for.",
  UidNotFound: REGISTER,
  NonAssociatedColdKey: "Use the coldkey that registered this hotkey.",
  // Balances.
  InsufficientBalance: FUND,
  ExistentialDeposit: "Leave the existential deposit, 500 rao, in the account.",
  Expendability: "Leave the existential deposit, 500 rao, in the account.",
  FundsUnavailable: FUND,
  NotExpendable: "Leave the existential deposit, 500 rao, in the account.",
  // Calls of SubtensorModule.
  AmountTooLow: "Give a larger amount.",
  NotEnoughBalanceToStake: FUND,
  HotKeyAccountNotExists: REGISTER,
  HotKeyAlreadyRegisteredInSubNet: "Nothing is left to do.",
  NoNeuronIdAvailable: "The subnet is full and all its neurons are immune; wait.",
  TooManyRegistrationsThisBlock: WAIT,
  TooManyRegistrationsThisInterval: WAIT,
  SubNetRegistrationDisabled: "The subnet's owner closed registration.",
  RegistrationPriceLimitExceeded: "The price rose; allow more, or wait until it falls.",
  HotKeyNotRegisteredInSubNet: REGISTER,
  NotEnoughStake: "Stake more to this hotkey.",
  NotEnoughStakeToSetWeights: "Stake more to this hotkey.",
  NeuronNoValidatorPermit: "Stake, and wait for the next epoch: permits are given then.",
  SettingWeightsTooFast: WAIT,
  CommittingWeightsTooFast: WAIT,
  IncorrectWeightVersionKey: "Update: the subnet asks for validators of a newer version.",
  WeightVecNotEqualSize: "Give every uid one weight.",
  DuplicateUids: REREAD,
  UidVecContainInvalidOne: REREAD,
  UidsLengthExceedUidsInSubNet: REREAD,
  WeightVecLengthIsLow: "Weigh more miners.",
  MaxWeightExceeded: "Spread the weights over more miners.",
  CommitRevealEnabled: "Commit weights: the subnet takes them no other way.",
  CommitRevealDisabled: "Set weights: the subnet takes no commits.",
  NoWeightsCommitFound: "Nothing is left to reveal: the commit is gone or was revealed.",
  InvalidRevealCommitHashNotMatch: "Reveal exactly what was committed, with its salt.",
  ExpiredWeightCommit: "Too late: commit again and reveal in time.",
  RevealTooEarly: "Reveal in the epoch that the commit is for.",
  TooManyUnrevealedCommits: "Reveal what was committed before, or wait until it expires.",
  IncorrectCommitRevealVersion: "Update: the chain takes commits of another version.",
  SubtokenDisabled: "The subnet's owner has not started it yet (start_call).",
  AccountNotAllowedCommit: REGISTER,
  SpaceLimitExceeded: "Publish less, or wait until the next tempo.",
  RequireSudo: "Sign with the chain's Sudo key.",
  BadOrigin: "This key may not do that.",
  CallFiltered: "The chain does not allow this call now.",
};

export function refusal(name: string, what: string, cause?: unknown): ChainError {
  return new ChainError(
    name,
    `${name}: ${what}`,
    HINTS[name] ?? `Look ${name} up in Subtensor's documentation.`,
    { cause },
  );
}

/** The pool's answer; undefined when it is not one, but a failure of the node. */
export function poolRefusal(failure: RpcFailure, what: string): ChainError | undefined {
  const name = poolRefusalName(failure);
  if (name === undefined) return undefined;
  return refusal(name, `the node refused ${what} (${failure.message})`, failure);
}

export function poolRefusalName({ code, detail, message }: RpcFailure): string | undefined {
  if (code !== INVALID) return POOL[code];
  const custom = /(?:Custom error: |"custom":\s*)(\d+)/i.exec(detail)?.[1];
  if (custom !== undefined) return CUSTOM[Number(custom)] ?? `CustomError${custom}`;
  const worded = Object.entries(WORDED).find(([text]) => detail.startsWith(text));
  if (worded !== undefined) return worded[1];
  // A node that answers with the enum itself: {"invalid":"stale"}.
  const variant = /"invalid":\s*"(\w+)"/.exec(detail)?.[1];
  if (variant !== undefined) return `${variant.slice(0, 1).toUpperCase()}${variant.slice(1)}`;
  return /expired|ancient/i.test(message) ? "AncientBirthBlock" : "InvalidTransaction";
}

/** A call that failed in its block, which is final. */
export function dispatchRefusal(
  registry: Registry,
  error: DispatchError,
  what: string,
): ChainError {
  const said = `${what} failed in its block`;
  if (error.isModule) return refusal(moduleErrorName(registry, error), said);
  if (error.isToken) return refusal(error.asToken.type, said);
  if (error.isArithmetic) return refusal(error.asArithmetic.type, said);
  return refusal(error.type, said);
}

function moduleErrorName(registry: Registry, error: DispatchError): string {
  try {
    return registry.findMetaError(error.asModule).name;
  } catch {
    return `Module${error.asModule.index.toNumber()}Error`;
  }
}
