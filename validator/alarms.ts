/**
 * Alarms that are raised once, and taken back when what they were about is over.
 * @module
 */
import type { AlarmCode, ValidatorEvent } from "./event.ts";

export class Alarms {
  readonly #emit: (event: ValidatorEvent) => void;
  readonly #raised = new Set<AlarmCode>();

  constructor(emit: (event: ValidatorEvent) => void) {
    this.#emit = emit;
  }

  has(code: AlarmCode): boolean {
    return this.#raised.has(code);
  }

  /** Says nothing while the alarm of this code is raised already. */
  raise(code: AlarmCode, message: string, hint: string): void {
    if (this.#raised.has(code)) return;
    this.#raised.add(code);
    this.#emit({ type: "alarm", code, message, hint });
  }

  over(code: AlarmCode): void {
    if (this.#raised.delete(code)) this.#emit({ type: "recovered", code });
  }

  /** Another alarm of this code is another case: it is raised again. */
  forget(code: AlarmCode): void {
    this.#raised.delete(code);
  }
}
