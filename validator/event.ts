/**
 * What a validator tells whoever runs it, while it runs. An event is told after it is on disk: what was told once
 * stays true after a crash.
 * @module
 */
import type { Digest } from "../protocol/digest.ts";
import type { Hotkey } from "../protocol/hotkey.ts";
import type { JobId } from "../protocol/job.ts";
import type { Verdict } from "../protocol/verdict.ts";
import type { Placement, Weights } from "./journal.ts";
import type { Score } from "./score.ts";

export type ValidatorEvent =
  /** The journal is read and the chain answers; `cancelled` jobs of an earlier run were closed. */
  | { readonly type: "started"; readonly cancelled: number }
  | {
      readonly type: "job";
      readonly job: JobId;
      readonly miner: Hotkey;
      readonly uid: number;
      readonly circuit: Digest;
      /** The finalised block from which the input was drawn. */
      readonly block: number;
    }
  | {
      readonly type: "verdict";
      readonly job: JobId;
      readonly miner: Hotkey;
      readonly circuit: Digest;
      readonly verdict: Verdict;
      /** Why an answer was ignored, in the miner's words or the system's. */
      readonly detail: string | undefined;
      readonly latencyUs: number | undefined;
      readonly verifyUs: number | undefined;
      /** The miner's, after this verdict. */
      readonly score: Score;
    }
  /** A new epoch began. */
  | { readonly type: "epoch"; readonly index: number; readonly block: number }
  /** The chain has taken weights, or the commit to them. */
  | ({
      readonly type: "weights";
      readonly epoch: number;
      readonly weights: Weights;
    } & Placement)
  /** The chain's own record shows the weights that the event above named; committed ones after their reveal. */
  | { readonly type: "weights-confirmed"; readonly epoch: number; readonly block: number }
  /** Something a person should look at. The validator goes on. */
  | ({ readonly type: "alarm" } & Alarm)
  /** What an alarm of this code was about is over. */
  | { readonly type: "recovered"; readonly code: AlarmCode };

export interface Alarm {
  readonly code: AlarmCode;
  readonly message: string;
  readonly hint: string;
}

export type AlarmCode =
  /** The journal cannot be written: no job is handed out until it can. */
  | "JOURNAL_UNWRITABLE"
  /** Stopped with verdicts that could not be written: their jobs will be cancelled at the next start. */
  | "VERDICTS_LOST"
  /** The chain does not answer, or finalises nothing: no job is handed out until it does. */
  | "CHAIN_SILENT"
  /** The hotkey has no uid on the subnet: no job is handed out until it has. */
  | "NOT_REGISTERED"
  /** The hotkey had a permit and lost it: its weights count for nothing. No job is handed out until it has one. */
  | "PERMIT_LOST"
  /** The verifier itself failed; the job was cancelled. */
  | "VERIFIER_FAILED"
  /** This machine cannot open another connection; the job was cancelled. */
  | "NO_SOCKET"
  /** Miners, several in a row, find the time of this machine's requests wrong. */
  | "CLOCK_OFF"
  /** The chain refused the weights, or did not take them in time. Tried again at the next block. */
  | "WEIGHTS_REFUSED"
  /** An epoch ended without weights of ours. */
  | "WEIGHTS_MISSED"
  /** Committed weights did not show in the epoch of their reveal: the chain dropped them. */
  | "WEIGHTS_NOT_REVEALED"
  /** The chain holds weights of this hotkey that this journal does not know: a second validator runs. */
  | "FOREIGN_WEIGHTS";
