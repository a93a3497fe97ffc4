/**
 * The seats of a subnet: which hotkey has which uid, and the numbers kept of each. A subnet that is
 * full gives the seat of its least earning neuron to who comes next.
 *
 * Numbers of all uids lie in one vector each; this file keeps their lengths equal to SubnetworkN.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { fail } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { storageIndex } from "./mechanism.ts";

/** @returns undefined when the hotkey has no seat */
export function uidOf(state: State, netuid: number, hotkey: Hotkey): number | undefined {
  return state.get("SubtensorModule.Uids", [netuid, hotkey]);
}

/**
 * Gives a hotkey a seat: a new one, or another's when the subnet is full.
 * @throws DispatchFailure `NoNeuronIdAvailable`
 */
export function seatNeuron(state: State, netuid: number, hotkey: Hotkey, block: number): number {
  const count = state.get("SubtensorModule.SubnetworkN", [netuid]);
  if (count < state.get("SubtensorModule.MaxAllowedUids", [netuid])) {
    appendNeuron(state, netuid, hotkey, block);
    return count;
  }
  const uid = neuronToPrune(state, netuid, block);
  if (uid === undefined) fail("SubtensorModule", "NoNeuronIdAvailable");
  replaceNeuron(state, netuid, uid, hotkey, block);
  return uid;
}

/** Adds a seat behind the last one. */
export function appendNeuron(state: State, netuid: number, hotkey: Hotkey, block: number): void {
  const uid = state.get("SubtensorModule.SubnetworkN", [netuid]);
  state.put("SubtensorModule.SubnetworkN", [netuid], uid + 1);
  setAt(state, "SubtensorModule.Active", netuid, uid, true);
  clearNumbers(state, netuid, uid);
  for (const index of indices(state, netuid)) {
    setAt(state, "SubtensorModule.LastUpdate", index, uid, BigInt(block));
  }
  takeSeat(state, netuid, uid, hotkey, block);
}

/**
 * The neuron that goes next: lowest emission of the last epoch, then longest registered, then
 * lowest uid; those past their immunity first, while more than MinNonImmuneUids of them are left.
 * The owner's own neurons never go.
 */
export function neuronToPrune(state: State, netuid: number, block: number): number | undefined {
  const count = state.get("SubtensorModule.SubnetworkN", [netuid]);
  const immortal = new Set(immortalHotkeys(state, netuid));
  const immunity = BigInt(state.get("SubtensorModule.ImmunityPeriod", [netuid]));
  const emission = state.get("SubtensorModule.Emission", [netuid]);
  const candidates = Array.from({ length: count }, (_, uid) => ({
    uid,
    emission: emission[uid] ?? 0n,
    since: state.get("SubtensorModule.BlockAtRegistration", [netuid, uid]),
  }))
    .filter(({ uid }) => !immortal.has(state.get("SubtensorModule.Keys", [netuid, uid])))
    .sort((a, b) => compare(a.emission, b.emission) || compare(a.since, b.since) || a.uid - b.uid);
  const mortal = candidates.filter(({ since }) => BigInt(block) - since >= immunity);
  if (mortal.length > state.get("SubtensorModule.MinNonImmuneUids", [netuid])) {
    return mortal[0]?.uid;
  }
  return candidates.find(({ since }) => BigInt(block) - since < immunity)?.uid;
}

/**
 * The owner's hotkeys that have a seat, oldest first, as many as ImmuneOwnerUidsLimit says; the
 * subnet's own first.
 */
export function immortalHotkeys(state: State, netuid: number): Hotkey[] {
  const limit = state.get("SubtensorModule.ImmuneOwnerUidsLimit", [netuid]);
  const seated = state
    .get("SubtensorModule.OwnedHotkeys", [state.get("SubtensorModule.SubnetOwner", [netuid])])
    .flatMap((hotkey) => {
      const uid = uidOf(state, netuid, hotkey);
      if (uid === undefined) return [];
      return {
        hotkey,
        uid,
        since: state.get("SubtensorModule.BlockAtRegistration", [netuid, uid]),
      };
    })
    .sort((a, b) => compare(a.since, b.since) || a.uid - b.uid)
    .map(({ hotkey }) => hotkey)
    .slice(0, limit);
  const own = state.get("SubtensorModule.SubnetOwnerHotkey", [netuid]);
  const isMissing = uidOf(state, netuid, own) !== undefined && !seated.includes(own);
  return isMissing ? [own, ...seated].slice(0, limit) : seated;
}

function replaceNeuron(
  state: State,
  netuid: number,
  uid: number,
  hotkey: Hotkey,
  block: number,
): void {
  const old = state.get("SubtensorModule.Keys", [netuid, uid]);
  state.remove("SubtensorModule.Uids", [netuid, old]);
  state.remove("SubtensorModule.IsNetworkMember", [old, netuid]);
  state.remove("SubtensorModule.Axons", [netuid, old]);
  state.remove("SubtensorModule.NeuronCertificates", [netuid, old]);
  state.remove("SubtensorModule.Prometheus", [netuid, old]);
  setAt(state, "SubtensorModule.Active", netuid, uid, true);
  clearNumbers(state, netuid, uid);
  for (const index of indices(state, netuid)) {
    state.remove("SubtensorModule.Bonds", [index, uid]);
    state.remove("SubtensorModule.Weights", [index, uid]);
    forgetWeightsFor(state, index, uid);
    setAt(state, "SubtensorModule.LastUpdate", index, uid, BigInt(block));
  }
  takeSeat(state, netuid, uid, hotkey, block);
}

/** What others said of who sat there is not said of who sits there now. */
function forgetWeightsFor(state: State, index: number, uid: number): void {
  for (const [key, row] of state.entries("SubtensorModule.Weights", [index])) {
    if (row.some(([target, weight]) => target === uid && weight > 0)) {
      const without = row.map(([target, weight]): [number, number] => {
        return [target, target === uid ? 0 : weight];
      });
      state.put("SubtensorModule.Weights", key, without);
    }
  }
}

function takeSeat(state: State, netuid: number, uid: number, hotkey: Hotkey, block: number): void {
  state.put("SubtensorModule.Keys", [netuid, uid], hotkey);
  state.put("SubtensorModule.Uids", [netuid, hotkey], uid);
  state.put("SubtensorModule.BlockAtRegistration", [netuid, uid], BigInt(block));
  state.put("SubtensorModule.IsNetworkMember", [hotkey, netuid], true);
}

/** What the last epoch said of a seat. */
function clearNumbers(state: State, netuid: number, uid: number): void {
  setAt(state, "SubtensorModule.Emission", netuid, uid, 0n);
  setAt(state, "SubtensorModule.Consensus", netuid, uid, 0);
  setAt(state, "SubtensorModule.Dividends", netuid, uid, 0);
  setAt(state, "SubtensorModule.ValidatorTrust", netuid, uid, 0);
  setAt(state, "SubtensorModule.ValidatorPermit", netuid, uid, false);
  for (const index of indices(state, netuid)) {
    setAt(state, "SubtensorModule.Incentive", index, uid, 0);
  }
}

type BooleanVector = "SubtensorModule.Active" | "SubtensorModule.ValidatorPermit";
type NumberVector =
  | "SubtensorModule.Consensus"
  | "SubtensorModule.Dividends"
  | "SubtensorModule.Incentive"
  | "SubtensorModule.ValidatorTrust";
type BigintVector = "SubtensorModule.Emission" | "SubtensorModule.LastUpdate";

/**
 * Sets one element; a vector that is too short, such as that of a new mechanism, is filled up with
 * nothing.
 */
function setAt(state: State, item: BooleanVector, index: number, uid: number, value: boolean): void;
function setAt(state: State, item: NumberVector, index: number, uid: number, value: number): void;
function setAt(state: State, item: BigintVector, index: number, uid: number, value: bigint): void;
function setAt(
  state: State,
  item: BooleanVector | NumberVector | BigintVector,
  index: number,
  uid: number,
  value: boolean | number | bigint,
): void {
  const nothing = typeof value === "bigint" ? 0n : typeof value === "number" ? 0 : false;
  const vector: (boolean | number | bigint)[] = [...state.get(item, [index])];
  while (vector.length <= uid) vector.push(nothing);
  vector[uid] = value;
  state.put(item, [index], vector as never);
}

/** Storage indices of a subnet's mechanisms. */
function indices(state: State, netuid: number): number[] {
  const count = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
  return Array.from({ length: count }, (_, mecid) => storageIndex(netuid, mecid));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
