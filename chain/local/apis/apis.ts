/**
 * The runtime APIs beside those of the executive itself, by their full name.
 * @module
 */
import type { ApiMethod } from "../runtime/pallet.ts";
import { DELEGATE_APIS } from "./delegates.ts";
import { HYPERPARAMETER_APIS } from "./hyperparameters.ts";
import { METAGRAPH_APIS } from "./metagraph.ts";
import { NEURON_APIS } from "./neurons.ts";
import { PRICE_APIS } from "./prices.ts";
import { STAKE_APIS } from "./stakes.ts";
import { SUBNET_APIS } from "./subnets.ts";

export const APIS: Readonly<Record<string, ApiMethod>> = {
  ...NEURON_APIS,
  ...METAGRAPH_APIS,
  ...HYPERPARAMETER_APIS,
  ...SUBNET_APIS,
  ...STAKE_APIS,
  ...DELEGATE_APIS,
  ...PRICE_APIS,
};
