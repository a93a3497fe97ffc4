/**
 * What a section of the interop checks exports: `checks`, a list of these.
 * @module
 */

export interface Check {
  /** A sentence, such as "bittensor verifies what we sign". */
  readonly name: string;
  /** Software and version on the other side, such as "bittensor 11.3.0". */
  readonly against?: string;
  /** Throws what is wrong. `PythonUnavailable` (venv.ts) means that nothing could be compared. */
  run(): Promise<void>;
}
