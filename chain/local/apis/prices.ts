/**
 * SwapRuntimeApi and SubnetRegistrationRuntimeApi. A subnet's alpha costs one TAO here, whatever the amount, and nothing
 * is taken for changing it.
 * @module
 */
import { lockCost } from "../pallets/networks.ts";
import type { ApiMethod } from "../runtime/pallet.ts";
import { netuids } from "./subnet-facts.ts";

/** One TAO for one alpha, in rao. */
const STABLE_PRICE = 1_000_000_000n;

const FREE = { tao_fee: 0n, alpha_fee: 0n, tao_slippage: 0n, alpha_slippage: 0n } as const;

function swap(amount: bigint): object {
  return { tao_amount: amount, alpha_amount: amount, ...FREE };
}

type OfAmount = readonly [netuid: number, amount: bigint];

export const PRICE_APIS: Readonly<Record<string, ApiMethod>> = {
  SwapRuntimeApi_current_alpha_price: () => STABLE_PRICE,
  SwapRuntimeApi_current_alpha_price_all: ({ state }) =>
    netuids(state).map((netuid) => ({ netuid, price: STABLE_PRICE })),
  SwapRuntimeApi_sim_swap_tao_for_alpha: (_, [, tao]: OfAmount) => swap(tao),
  SwapRuntimeApi_sim_swap_alpha_for_tao: (_, [, alpha]: OfAmount) => swap(alpha),
  SubnetRegistrationRuntimeApi_get_network_registration_cost: ({ state, block }) =>
    lockCost(state, block),
};
