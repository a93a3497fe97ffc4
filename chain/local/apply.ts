/**
 * state, transaction → state | refusal: every rule of the local chain but the epoch.
 *
 * Whose signature it is has been checked at the door (open-transaction); here only what it may do. A refused
 * transaction changes nothing, not even its sender's nonce, and never enters a block.
 * @module
 */
import type { Hotkey } from "../chain.ts";
import { isCallable } from "./endpoint.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { setWeights } from "./set-weights.ts";
import {
  accountOf,
  type Seat,
  type State,
  uidOf,
  withAccount,
  withOwnership,
  withSeat,
} from "./state.ts";
import { type Call, MORTAL_BLOCKS, type Transaction } from "./transaction.ts";

/** Rao burned by each call of a coldkey. Serving and setting weights are free: a hotkey need not hold tokens. */
export const FEE = 100_000n;

/** An account holds this much or nothing, as on Subtensor. */
export const EXISTENTIAL_DEPOSIT = 500n;

export function applyTransaction(state: State, transaction: Transaction): State | Refusal {
  const { signer, nonce, birth, call } = transaction;
  if (state.block <= birth || state.block > birth + MORTAL_BLOCKS) {
    return refuse(
      "AncientBirthBlock",
      `born at block ${birth}, valid for ${MORTAL_BLOCKS} blocks after it; this is ${state.block}`,
    );
  }
  const account = accountOf(state, signer);
  if (nonce !== account.nonce) {
    const name = nonce < account.nonce ? "Stale" : "Future";
    return refuse(name, `nonce ${nonce} of ${signer}, expected ${account.nonce}`);
  }
  const fee = isFree(call) ? 0n : FEE;
  if (account.balance < fee) {
    return refuse("Payment", `${signer} holds ${account.balance} rao and owes ${fee} as fee`);
  }
  const charged = {
    ...withAccount(state, signer, { nonce: nonce + 1, balance: account.balance - fee }),
    burned: state.burned + fee,
  };
  return applyCall(charged, signer, call);
}

function isFree(call: Call): boolean {
  return call.call === "serve_axon" || call.call === "set_weights";
}

function applyCall(state: State, signer: Hotkey, call: Call): State | Refusal {
  if (call.call === "transfer") return transfer(state, signer, call);
  if (call.netuid !== state.subnet.netuid) {
    return refuse(
      "SubnetNotExists",
      `there is no subnet ${call.netuid}, only ${state.subnet.netuid}`,
    );
  }
  switch (call.call) {
    case "burned_register":
      return burnedRegister(state, signer, call);
    case "add_stake":
      return addStake(state, signer, call);
    case "serve_axon":
      return serveAxon(state, signer, call);
    case "set_weights":
      return setWeights(state, signer, call);
  }
}

function transfer(
  state: State,
  from: Hotkey,
  { to, amount }: Extract<Call, { call: "transfer" }>,
): State | Refusal {
  const paid = withdraw(state, from, amount, "InsufficientBalance");
  if (isRefusal(paid)) return paid;
  const receiver = accountOf(paid, to);
  const balance = receiver.balance + amount;
  if (balance < EXISTENTIAL_DEPOSIT) {
    return refuse("ExistentialDeposit", `${to} would hold ${balance} rao, less than may exist`);
  }
  return withAccount(paid, to, { ...receiver, balance });
}

function burnedRegister(
  state: State,
  coldkey: Hotkey,
  { hotkey }: Extract<Call, { call: "burned_register" }>,
): State | Refusal {
  const { subnet } = state;
  const owner = state.hotkeys.get(hotkey)?.coldkey ?? coldkey;
  if (owner !== coldkey) {
    return refuse("NonAssociatedColdKey", `${hotkey} belongs to the coldkey ${owner}`);
  }
  if (uidOf(state, hotkey) !== undefined) {
    return refuse("HotKeyAlreadyRegisteredInSubNet", `${hotkey} has a uid already`);
  }
  if (subnet.neurons.length >= subnet.parameters.maxAllowedUids) {
    return refuse("NoNeuronIdAvailable", `all ${subnet.neurons.length} uids are taken`);
  }
  const { burn } = subnet.parameters;
  const paid = withdraw(state, coldkey, burn, "NotEnoughBalanceToStake");
  if (isRefusal(paid)) return paid;

  const stake = state.hotkeys.get(hotkey)?.stake ?? 0n;
  const owned = withOwnership(paid, hotkey, { coldkey, stake });
  const neurons = [...subnet.neurons, freshSeat(hotkey, state.block)];
  return { ...owned, burned: owned.burned + burn, subnet: { ...subnet, neurons } };
}

function addStake(
  state: State,
  coldkey: Hotkey,
  { hotkey, amount }: Extract<Call, { call: "add_stake" }>,
): State | Refusal {
  const ownership = state.hotkeys.get(hotkey);
  if (ownership === undefined) {
    return refuse("HotKeyAccountNotExists", `${hotkey} was never registered`);
  }
  if (ownership.coldkey !== coldkey) {
    return refuse("NonAssociatedColdKey", `${hotkey} belongs to the coldkey ${ownership.coldkey}`);
  }
  if (amount <= 0n) return refuse("AmountTooLow", "nothing would be staked");
  const paid = withdraw(state, coldkey, amount, "NotEnoughBalanceToStake");
  if (isRefusal(paid)) return paid;
  return withOwnership(paid, hotkey, { ...ownership, stake: ownership.stake + amount });
}

function serveAxon(
  state: State,
  hotkey: Hotkey,
  { endpoint }: Extract<Call, { call: "serve_axon" }>,
): State | Refusal {
  const uid = uidOf(state, hotkey);
  const seat = uid === undefined ? undefined : state.subnet.neurons[uid];
  if (uid === undefined || seat === undefined) {
    return refuse("HotKeyNotRegisteredInNetwork", `${hotkey} has no uid in it`);
  }
  if (endpoint.port === 0) return refuse("InvalidPort", "port 0 is no port to call");
  if (!isCallable(endpoint)) {
    return refuse("InvalidIpAddress", `${endpoint.ip} is not the address of one machine`);
  }
  const { servingRateLimit } = state.subnet.parameters;
  const waited = state.block - seat.servedAt;
  if (seat.servedAt !== 0 && waited < servingRateLimit) {
    return refuse(
      "ServingRateLimitExceeded",
      `${waited} blocks since block ${seat.servedAt}, wait for ${servingRateLimit}`,
    );
  }
  return withSeat(state, uid, { ...seat, endpoint, servedAt: state.block });
}

/** Takes `amount` from the free balance; what is left is nothing or an existing account. */
function withdraw(
  state: State,
  from: Hotkey,
  amount: bigint,
  name: "InsufficientBalance" | "NotEnoughBalanceToStake",
): State | Refusal {
  const account = accountOf(state, from);
  const balance = account.balance - amount;
  if (balance < 0n) {
    return refuse(name, `${from} holds ${account.balance} rao after the fee, ${amount} are asked`);
  }
  if (balance > 0n && balance < EXISTENTIAL_DEPOSIT) {
    return refuse("ExistentialDeposit", `${from} would keep ${balance} rao, less than may exist`);
  }
  return withAccount(state, from, { ...account, balance });
}

function freshSeat(hotkey: Hotkey, block: number): Seat {
  return {
    hotkey,
    blockAtRegistration: block,
    lastUpdate: block,
    endpoint: undefined,
    servedAt: 0,
    weights: [],
    bonds: [],
    validatorPermit: false,
    active: true,
    consensus: 0,
    incentive: 0,
    dividends: 0,
    validatorTrust: 0,
    emission: 0n,
  };
}
