/**
 * Mechanisms: a subnet may judge its miners by several, each with weights, bonds and incentives of its own, all under
 * one set of uids. Storage of mechanism `mecid` lies under mecid · 4096 + netuid, so that the first is the subnet's own.
 * @module
 */
import { fail } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";

/** As in Subtensor: no netuid can reach it. */
const MAX_SUBNETS = 4096;

export const ROOT_NETUID = 0;
export const MAIN_MECHANISM = 0;

export function storageIndex(netuid: number, mecid: number): number {
  return mecid * MAX_SUBNETS + netuid;
}

/** @throws DispatchFailure MechanismDoesNotExist, also where there is no such subnet */
export function ensureMechanism(state: State, netuid: number, mecid: number): void {
  if (!hasMechanism(state, netuid, mecid)) fail("SubtensorModule", "MechanismDoesNotExist");
}

export function hasMechanism(state: State, netuid: number, mecid: number): boolean {
  return (
    state.get("SubtensorModule.NetworksAdded", [netuid]) &&
    mecid < state.get("SubtensorModule.MechanismCountCurrent", [netuid])
  );
}

/** Ascending, without the root network. */
export function subnets(state: State): number[] {
  return state
    .entries("SubtensorModule.NetworksAdded")
    .filter(([[netuid], isAdded]) => isAdded && netuid !== ROOT_NETUID)
    .map(([[netuid]]) => netuid)
    .sort((a, b) => a - b);
}
