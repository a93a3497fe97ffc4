/**
 * The storage items that the local chain's pallets use, with the types of their keys and values in SCALE's JS form
 * (codecs.ts). Names, hashers and defaults are in the spec.
 * @module
 */
import type { Hotkey } from "../../chain.ts";

type AccountId = Hotkey;
/** 0x hex of bytes of a fixed length. */
type Hex = string;
interface EnumValue {
  readonly type: string;
  readonly value?: unknown;
}

export interface Items {
  "System.Account": {
    keys: [AccountId];
    value: {
      nonce: number;
      consumers: number;
      providers: number;
      sufficients: number;
      data: { free: bigint; reserved: bigint; frozen: bigint; flags: bigint };
    };
  };
  "System.BlockHash": { keys: [number]; value: Hex };
  "System.Number": { keys: []; value: number };
  "System.ParentHash": { keys: []; value: Hex };
  "System.Events": {
    keys: [];
    value: {
      phase:
        | { type: "ApplyExtrinsic"; value: unknown }
        | { type: "Finalization"; value?: undefined }
        | { type: "Initialization"; value?: undefined };
      event: EnumValue;
      topics: Hex[];
    }[];
  };
  "System.EventCount": { keys: []; value: number };
  "System.LastRuntimeUpgrade": {
    keys: [];
    value: { spec_version: number; spec_name: string } | undefined;
  };
  "Timestamp.Now": { keys: []; value: bigint };
  "Balances.TotalIssuance": { keys: []; value: bigint };
  "SubtensorModule.MinActivityCutoff": { keys: []; value: number };
  "SubtensorModule.AdminFreezeWindow": { keys: []; value: number };
  "SubtensorModule.OwnerHyperparamRateLimit": { keys: []; value: number };
  "SubtensorModule.TaoWeight": { keys: []; value: bigint };
  "SubtensorModule.CKBurn": { keys: []; value: bigint };
  "SubtensorModule.Owner": { keys: [AccountId]; value: AccountId };
  "SubtensorModule.Delegates": { keys: [AccountId]; value: number };
  "SubtensorModule.AlphaDividendsPerSubnet": { keys: [number, AccountId]; value: bigint };
  "SubtensorModule.BlockEmission": { keys: []; value: bigint };
  "SubtensorModule.LastHotkeyEmissionOnNetuid": { keys: [AccountId, number]; value: bigint };
  "SubtensorModule.SubnetLimit": { keys: []; value: number };
  "SubtensorModule.TotalIssuance": { keys: []; value: bigint };
  "SubtensorModule.TotalStake": { keys: []; value: bigint };
  "SubtensorModule.SubnetVolume": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetTAO": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetAlphaInEmission": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetEmissionEnabled": { keys: [number]; value: boolean };
  "SubtensorModule.SubnetAlphaOutEmission": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetTaoInEmission": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetAlphaIn": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetAlphaOut": { keys: [number]; value: bigint };
  "SubtensorModule.OwnedHotkeys": { keys: [AccountId]; value: AccountId[] };
  "SubtensorModule.TotalHotkeyAlpha": { keys: [AccountId, number]; value: bigint };
  "SubtensorModule.TotalHotkeyAlphaLastEpoch": { keys: [AccountId, number]; value: bigint };
  "SubtensorModule.TotalHotkeySharesV2": {
    keys: [AccountId, number];
    value: { mantissa: bigint; exponent: bigint };
  };
  "SubtensorModule.AlphaV2": {
    keys: [AccountId, AccountId, number];
    value: { mantissa: bigint; exponent: bigint };
  };
  "SubtensorModule.TokenSymbol": { keys: [number]; value: Uint8Array };
  "SubtensorModule.MaxRegistrationsPerBlock": { keys: [number]; value: number };
  "SubtensorModule.TotalNetworks": { keys: []; value: number };
  "SubtensorModule.NetworkImmunityPeriod": { keys: []; value: bigint };
  "SubtensorModule.StartCallDelay": { keys: []; value: bigint };
  "SubtensorModule.NetworkMinLockCost": { keys: []; value: bigint };
  "SubtensorModule.NetworkLastLockCost": { keys: []; value: bigint };
  "SubtensorModule.NetworkLockReductionInterval": { keys: []; value: bigint };
  "SubtensorModule.SubnetOwnerCut": { keys: []; value: number };
  "SubtensorModule.OwnerCutEnabled": { keys: [number]; value: boolean };
  "SubtensorModule.NetworkRateLimit": { keys: []; value: bigint };
  "SubtensorModule.NominatorMinRequiredStake": { keys: []; value: bigint };
  "SubtensorModule.WeightsVersionKeyRateLimit": { keys: []; value: bigint };
  "SubtensorModule.LastRateLimitedBlock": { keys: [EnumValue]; value: bigint };
  "SubtensorModule.TransferToggle": { keys: [number]; value: boolean };
  "SubtensorModule.SubnetLocked": { keys: [number]; value: bigint };
  "SubtensorModule.Tempo": { keys: [number]; value: number };
  "SubtensorModule.LastEpochBlock": { keys: [number]; value: bigint };
  "SubtensorModule.PendingEpochAt": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetEpochIndex": { keys: [number]; value: bigint };
  "SubtensorModule.ActivityCutoffFactorMilli": { keys: [number]; value: number };
  "SubtensorModule.FirstEmissionBlockNumber": { keys: [number]; value: bigint | undefined };
  "SubtensorModule.SubnetMechanism": { keys: [number]; value: number };
  "SubtensorModule.SubnetworkN": { keys: [number]; value: number };
  "SubtensorModule.NetworksAdded": { keys: [number]; value: boolean };
  "SubtensorModule.IsNetworkMember": { keys: [AccountId, number]; value: boolean };
  "SubtensorModule.NetworkPowRegistrationAllowed": { keys: [number]; value: boolean };
  "SubtensorModule.ScalingLawPower": { keys: [number]; value: number };
  "SubtensorModule.SubnetMovingPrice": { keys: [number]; value: bigint };
  "SubtensorModule.NetworkRegistrationAllowed": { keys: [number]; value: boolean };
  "SubtensorModule.NetworkRegisteredAt": { keys: [number]; value: bigint };
  "SubtensorModule.RegisteredSubnetCounter": { keys: [number]; value: bigint };
  "SubtensorModule.PendingServerEmission": { keys: [number]; value: bigint };
  "SubtensorModule.PendingValidatorEmission": { keys: [number]; value: bigint };
  "SubtensorModule.PendingOwnerCut": { keys: [number]; value: bigint };
  "SubtensorModule.MinerBurned": { keys: [number]; value: bigint };
  "SubtensorModule.BlocksSinceLastStep": { keys: [number]; value: bigint };
  "SubtensorModule.LastMechansimStepBlock": { keys: [number]; value: bigint };
  "SubtensorModule.SubnetOwner": { keys: [number]; value: AccountId };
  "SubtensorModule.SubnetOwnerHotkey": { keys: [number]; value: AccountId };
  "SubtensorModule.RecycleOrBurn": {
    keys: [number];
    value: { type: "Burn"; value?: undefined } | { type: "Recycle"; value?: undefined };
  };
  "SubtensorModule.ServingRateLimit": { keys: [number]; value: bigint };
  "SubtensorModule.AlphaSigmoidSteepness": { keys: [number]; value: number };
  "SubtensorModule.Kappa": { keys: [number]; value: number };
  "SubtensorModule.MinAllowedUids": { keys: [number]; value: number };
  "SubtensorModule.MaxAllowedUids": { keys: [number]; value: number };
  "SubtensorModule.ImmunityPeriod": { keys: [number]; value: number };
  "SubtensorModule.ActivityCutoff": { keys: [number]; value: number };
  "SubtensorModule.MaxWeightsLimit": { keys: [number]; value: number };
  "SubtensorModule.WeightsVersionKey": { keys: [number]; value: bigint };
  "SubtensorModule.MinAllowedWeights": { keys: [number]; value: number };
  "SubtensorModule.MaxAllowedValidators": { keys: [number]; value: number };
  "SubtensorModule.BondsMovingAverage": { keys: [number]; value: bigint };
  "SubtensorModule.BondsPenalty": { keys: [number]; value: number };
  "SubtensorModule.BondsResetOn": { keys: [number]; value: boolean };
  "SubtensorModule.WeightsSetRateLimit": { keys: [number]; value: bigint };
  "SubtensorModule.TargetRegistrationsPerInterval": { keys: [number]; value: number };
  "SubtensorModule.CommitRevealWeightsEnabled": { keys: [number]; value: boolean };
  "SubtensorModule.Burn": { keys: [number]; value: bigint };
  "SubtensorModule.MinBurn": { keys: [number]; value: bigint };
  "SubtensorModule.MaxBurn": { keys: [number]; value: bigint };
  "SubtensorModule.RegistrationsThisBlock": { keys: [number]; value: number };
  "SubtensorModule.RAORecycledForRegistration": { keys: [number]; value: bigint };
  "SubtensorModule.MaxEpochsPerBlock": { keys: []; value: number };
  "SubtensorModule.TxRateLimit": { keys: []; value: bigint };
  "SubtensorModule.LiquidAlphaOn": { keys: [number]; value: boolean };
  "SubtensorModule.Yuma3On": { keys: [number]; value: boolean };
  "SubtensorModule.AlphaValues": { keys: [number]; value: [number, number] };
  "SubtensorModule.SubtokenEnabled": { keys: [number]; value: boolean };
  "SubtensorModule.ImmuneOwnerUidsLimit": { keys: [number]; value: number };
  "SubtensorModule.Uids": { keys: [number, AccountId]; value: number | undefined };
  "SubtensorModule.Keys": { keys: [number, number]; value: AccountId };
  "SubtensorModule.Active": { keys: [number]; value: boolean[] };
  "SubtensorModule.Consensus": { keys: [number]; value: number[] };
  "SubtensorModule.Incentive": { keys: [number]; value: number[] };
  "SubtensorModule.Dividends": { keys: [number]; value: number[] };
  "SubtensorModule.Emission": { keys: [number]; value: bigint[] };
  "SubtensorModule.LastUpdate": { keys: [number]; value: bigint[] };
  "SubtensorModule.ValidatorTrust": { keys: [number]; value: number[] };
  "SubtensorModule.ValidatorPermit": { keys: [number]; value: boolean[] };
  "SubtensorModule.Weights": { keys: [number, number]; value: [number, number][] };
  "SubtensorModule.Bonds": { keys: [number, number]; value: [number, number][] };
  "SubtensorModule.BlockAtRegistration": { keys: [number, number]; value: bigint };
  "SubtensorModule.Axons": {
    keys: [number, AccountId];
    value:
      | {
          block: bigint;
          version: number;
          ip: bigint;
          port: number;
          ip_type: number;
          protocol: number;
          placeholder1: number;
          placeholder2: number;
        }
      | undefined;
  };
  "SubtensorModule.NeuronCertificates": {
    keys: [number, AccountId];
    value: { public_key: Uint8Array; algorithm: number } | undefined;
  };
  "SubtensorModule.TransactionKeyLastBlock": { keys: [AccountId, number, number]; value: bigint };
  "SubtensorModule.StakeThreshold": { keys: []; value: bigint };
  "SubtensorModule.WeightCommits": {
    keys: [number, AccountId];
    value: [Hex, bigint, bigint, bigint][] | undefined;
  };
  "SubtensorModule.TimelockedWeightCommits": {
    keys: [number, bigint];
    value: [AccountId, bigint, Uint8Array, bigint][];
  };
  "SubtensorModule.RevealPeriodEpochs": { keys: [number]; value: bigint };
  "SubtensorModule.CommitRevealWeightsVersion": { keys: []; value: number };
  "SubtensorModule.NetworkRegistrationStartBlock": { keys: []; value: bigint };
  "SubtensorModule.MinNonImmuneUids": { keys: [number]; value: number };
  "SubtensorModule.MaxMechanismCount": { keys: []; value: number };
  "SubtensorModule.MechanismCountCurrent": { keys: [number]; value: number };
  "SubtensorModule.MechanismEmissionSplit": { keys: [number]; value: number[] | undefined };
  "SubtensorModule.BurnHalfLife": { keys: [number]; value: number };
  "SubtensorModule.BurnIncreaseMult": { keys: [number]; value: bigint };
  "SubtensorModule.StakingHotkeys": { keys: [AccountId]; value: AccountId[] };
  "SubtensorModule.LastColdkeyHotkeyStakeBlock": {
    keys: [AccountId, AccountId];
    value: bigint | undefined;
  };
  "SubtensorModule.StakeWeight": { keys: [number]; value: number[] };
  "SubtensorModule.Prometheus": {
    keys: [number, AccountId];
    value:
      | { block: bigint; version: number; ip: bigint; port: number; ip_type: number }
      | undefined;
  };
  "SubtensorModule.IdentitiesV2": {
    keys: [AccountId];
    value:
      | Readonly<
          Record<
            "name" | "url" | "github_repo" | "image" | "discord" | "description" | "additional",
            Uint8Array
          >
        >
      | undefined;
  };
  "SubtensorModule.SubnetIdentitiesV3": {
    keys: [number];
    value:
      | Readonly<
          Record<
            | "subnet_name"
            | "github_repo"
            | "subnet_contact"
            | "subnet_url"
            | "discord"
            | "description"
            | "logo_url"
            | "additional",
            Uint8Array
          >
        >
      | undefined;
  };
  "SubtensorModule.Rho": { keys: [number]; value: number };
  "SubtensorModule.AdjustmentInterval": { keys: [number]; value: number };
  "SubtensorModule.AdjustmentAlpha": { keys: [number]; value: bigint };
  "SubtensorModule.Difficulty": { keys: [number]; value: bigint };
  "SubtensorModule.MinDifficulty": { keys: [number]; value: bigint };
  "SubtensorModule.MaxDifficulty": { keys: [number]; value: bigint };
  "SubtensorModule.MaxDelegateTake": { keys: []; value: number };
  "SubtensorModule.MinDelegateTake": { keys: []; value: number };
  "SubtensorModule.TxDelegateTakeRateLimit": { keys: []; value: bigint };
  "SubtensorModule.MinChildkeyTake": { keys: []; value: number };
  "SubtensorModule.MaxChildkeyTake": { keys: []; value: number };
  "SubtensorModule.MinChildkeyTakePerSubnet": { keys: [number]; value: number };
  "SubtensorModule.DissolveNetworkScheduleDuration": { keys: []; value: number };
  "SubtensorModule.ColdkeySwapAnnouncementDelay": { keys: []; value: number };
  "SubtensorModule.ColdkeySwapReannouncementDelay": { keys: []; value: number };
  "SubtensorModule.OwnerCutAutoLockEnabled": { keys: [number]; value: boolean };
  "SubtensorModule.EMAPriceHalvingBlocks": { keys: [number]; value: bigint };
  "Sudo.Key": { keys: []; value: AccountId | undefined };
  "Commitments.TimelockedIndex": { keys: []; value: [number, AccountId][] };
  "Commitments.CommitmentOf": {
    keys: [number, AccountId];
    value: { deposit: bigint; block: number; info: EnumValue[] } | undefined;
  };
  "Commitments.LastCommitment": { keys: [number, AccountId]; value: number | undefined };
  "Commitments.LastBondsReset": { keys: [number, AccountId]; value: number | undefined };
  "Commitments.RevealedCommitments": {
    keys: [number, AccountId];
    value: [Uint8Array, bigint][] | undefined;
  };
  "Commitments.UsedSpaceOf": {
    keys: [number, AccountId];
    value: { last_epoch: bigint; used_space: bigint } | undefined;
  };
  "Commitments.MaxSpace": { keys: []; value: number };
  "Drand.BeaconConfig": {
    keys: [];
    value: {
      public_key: Uint8Array;
      period: number;
      genesis_time: number;
      hash: Uint8Array;
      group_hash: Uint8Array;
      scheme_id: Uint8Array;
      metadata: Uint8Array;
    };
  };
  "Drand.Pulses": {
    keys: [bigint];
    value: { round: bigint; randomness: Uint8Array; signature: Uint8Array } | undefined;
  };
  "Drand.LastStoredRound": { keys: []; value: bigint };
  "Drand.OldestStoredRound": { keys: []; value: bigint };
  "Drand.NextUnsignedAt": { keys: []; value: number };
}
