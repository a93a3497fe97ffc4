/**
 * Why the chain does not take a transaction. A refusal is an answer about the sender, so it is returned, not thrown.
 * The names are those of Substrate's pool and of the pallets SubtensorModule and Balances.
 * @module
 */

/** What the sender can do about it. */
export const REFUSAL_HINTS = {
  // The pool: whatever the call.
  BadProof: "Sign for this chain, with the key that the transaction names.",
  AncientBirthBlock: "Sign again, on a recent block.",
  Stale: "Sign again, with the account's next nonce: this one is used.",
  Future: "Send the account's earlier transactions first.",
  Payment: "Fund the account: its calls cost a fee.",
  // Balances and stake.
  InsufficientBalance: "Fund the account.",
  ExistentialDeposit: "Move everything, or leave at least 500 rao.",
  AmountTooLow: "Give a larger amount.",
  NotEnoughBalanceToStake: "Fund the coldkey.",
  HotKeyAccountNotExists: "Register the hotkey first.",
  NonAssociatedColdKey: "Use the coldkey that registered this hotkey.",
  // Registration and serving.
  SubnetNotExists: "Give the netuid with which the local chain was started.",
  HotKeyAlreadyRegisteredInSubNet: "Nothing is left to do.",
  NoNeuronIdAvailable: "Begin a chain with a larger maxAllowedUids.",
  HotKeyNotRegisteredInNetwork: "Register the hotkey first.",
  InvalidIpAddress: "Publish the address at which this machine is reached.",
  InvalidPort: "Publish the port on which the miner listens.",
  ServingRateLimitExceeded: "Wait some blocks and publish again.",
  // Weights.
  WeightVecNotEqualSize: "Give every uid one weight.",
  UidsLengthExceedUidsInSubNet: "Weigh registered uids only, each once.",
  HotKeyNotRegisteredInSubNet: "Register the hotkey first.",
  NotEnoughStakeToSetWeights: "Stake more to this hotkey.",
  IncorrectWeightVersionKey: "Update: the subnet asks for validators of a newer version.",
  SettingWeightsTooFast: "Wait some blocks and set them again.",
  NeuronNoValidatorPermit: "Stake, and wait for the next epoch: permits are given then.",
  DuplicateUids: "Weigh every uid once.",
  UidVecContainInvalidOne: "Read the metagraph again and weigh registered uids only.",
  WeightVecLengthIsLow: "Weigh more miners.",
  MaxWeightExceeded: "Spread the weights over more miners.",
} as const;

export type RefusalName = keyof typeof REFUSAL_HINTS;

export interface Refusal {
  readonly refused: RefusalName;
  /** What was found and what was expected. */
  readonly why: string;
}

export function refuse(refused: RefusalName, why: string): Refusal {
  return { refused, why };
}

export function isRefusal(outcome: object): outcome is Refusal {
  return "refused" in outcome;
}
