/**
 * Registration of a neuron: a coldkey pays the subnet's present price, and its hotkey gets a seat.
 * What it paid is burned for good: the TAO stays with the subnet, and nobody has alpha for it.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import {
  type Context,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import { decayPrice, raisePrice } from "./burn-price.ts";
import { balanceOf } from "./ledger.ts";
import { ROOT_NETUID } from "./mechanism.ts";
import { neuronToPrune, seatNeuron, uidOf } from "./neurons.ts";
import { associateHotkey, ensureOwnOrFree } from "./ownership.ts";
import { payIntoSubnet } from "./subnet-pool.ts";

interface Registration {
  readonly netuid: number;
  readonly hotkey: Hotkey;
}

/**
 * Also what `register` does: Subtensor takes no proof of work any more, and no account but the
 * signer's.
 */
function burnedRegister(context: Context, origin: Origin, { netuid, hotkey }: Registration): void {
  const { state, block } = context;
  const coldkey = ensureSigned(origin);
  ensureOpenSubnet(context, netuid);
  if (!state.get("SubtensorModule.NetworkRegistrationAllowed", [netuid])) {
    fail("SubtensorModule", "SubNetRegistrationDisabled");
  }
  if (uidOf(state, netuid, hotkey) !== undefined) {
    fail("SubtensorModule", "HotKeyAlreadyRegisteredInSubNet");
  }
  const price = state.get("SubtensorModule.Burn", [netuid]);
  if (balanceOf(state, coldkey) < price) fail("SubtensorModule", "NotEnoughBalanceToStake");
  ensureOwnOrFree(state, coldkey, hotkey);
  associateHotkey(state, coldkey, hotkey);
  const places = state.get("SubtensorModule.MaxAllowedUids", [netuid]);
  const isFull = state.get("SubtensorModule.SubnetworkN", [netuid]) >= places;
  if (isFull && neuronToPrune(state, netuid, block) === undefined) {
    fail("SubtensorModule", "NoNeuronIdAvailable");
  }

  const paid = payIntoSubnet(context, coldkey, netuid, price);
  const uid = seatNeuron(state, netuid, hotkey, block);
  raisePrice(state, netuid);
  const registrations = state.get("SubtensorModule.RegistrationsThisBlock", [netuid]);
  state.put("SubtensorModule.RegistrationsThisBlock", [netuid], registrations + 1);
  const recycled = state.get("SubtensorModule.RAORecycledForRegistration", [netuid]) + paid;
  state.put("SubtensorModule.RAORecycledForRegistration", [netuid], recycled);
  context.emit("SubtensorModule", "RAORecycledForRegistrationSet", [netuid, recycled]);
  context.emit("SubtensorModule", "NeuronRegistered", [netuid, uid, hotkey]);
}

/** With the highest price that the coldkey is ready to pay. */
function registerLimit(
  context: Context,
  origin: Origin,
  { netuid, hotkey, limit_price }: Registration & { readonly limit_price: bigint },
): void {
  ensureSigned(origin);
  ensureOpenSubnet(context, netuid);
  if (context.state.get("SubtensorModule.Burn", [netuid]) > limit_price) {
    fail("SubtensorModule", "RegistrationPriceLimitExceeded");
  }
  burnedRegister(context, origin, { netuid, hotkey });
}

function ensureOpenSubnet({ state }: Context, netuid: number): void {
  if (netuid === ROOT_NETUID) fail("SubtensorModule", "RegistrationNotPermittedOnRootSubnet");
  if (!state.get("SubtensorModule.NetworksAdded", [netuid])) {
    fail("SubtensorModule", "SubnetNotExists");
  }
}

export const REGISTRATION: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    register: burnedRegister,
    burned_register: burnedRegister,
    register_limit: registerLimit,
  },
  onInitialize({ state, block }) {
    for (const [[netuid]] of state.entries("SubtensorModule.NetworksAdded")) {
      decayPrice(state, netuid, block);
      if (state.get("SubtensorModule.RegistrationsThisBlock", [netuid]) !== 0) {
        state.put("SubtensorModule.RegistrationsThisBlock", [netuid], 0);
      }
    }
  },
};
