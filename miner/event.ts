/**
 * What a miner tells whoever runs it, beside its log: what a person should look at, and when it is over.
 * @module
 */

export type MinerEvent =
  | {
      readonly type: "alarm";
      /** The hotkey has no uid on the subnet: no job is taken until it has. */
      readonly code: "NOT_REGISTERED";
      readonly message: string;
      readonly hint: string;
    }
  | { readonly type: "recovered"; readonly code: "NOT_REGISTERED" };
