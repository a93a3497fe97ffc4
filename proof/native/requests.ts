/**
 * What the native core is asked for: so many requests at once, the others in the order in which they came. Stopping one
 * frees whoever waits for it at once; its thread ends before its next stage, and until then keeps its place.
 * @module
 */
import { ProofError } from "../error.ts";
import { type Addon, type Outcome, type Stop, unwrap } from "./addon.ts";

interface Request {
  start(): Promise<unknown>;
  readonly stop: Stop;
  readonly reject: (reason: unknown) => void;
}

export class Requests {
  readonly #addon: Addon;
  readonly #atOnce: number;
  readonly #waiting: Request[] = [];
  readonly #running = new Map<Request, Promise<void>>();
  #closed = false;

  constructor(addon: Addon, atOnce: number) {
    this.#addon = addon;
    this.#atOnce = atOnce;
  }

  /**
   * @param start asks the native core; what it gives may come at once or by a promise
   * @throws ProofError `ENGINE_CLOSED`, the code of the native core, or the signal's reason
   */
  async run<T>(
    start: (stop: Stop) => Outcome<T> | Promise<Outcome<T>>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw closedError();
    const stop = new this.#addon.Stop();
    let abandon = (): void => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        const request: Request = {
          stop,
          reject,
          start: async () => {
            try {
              resolve(unwrap(await start(stop)));
            } catch (error) {
              reject(this.#closed ? closedError() : error);
            }
          },
        };
        abandon = () => {
          const place = this.#waiting.indexOf(request);
          if (place >= 0) this.#waiting.splice(place, 1);
          stop.raise();
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abandon, { once: true });
        this.#waiting.push(request);
        this.#serveNext();
      });
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
  }

  /** Stops everything; resolves when no native thread works for us any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const request of this.#waiting.splice(0)) request.reject(closedError());
    for (const request of this.#running.keys()) request.stop.raise();
    await Promise.all(this.#running.values());
  }

  #serveNext(): void {
    if (this.#closed || this.#running.size >= this.#atOnce) return;
    const request = this.#waiting.shift();
    if (request === undefined) return;
    const ended = request.start().then(() => {
      this.#running.delete(request);
      this.#serveNext();
    });
    this.#running.set(request, ended);
  }
}

function closedError(): ProofError {
  return new ProofError(
    "ENGINE_CLOSED",
    "the engine was closed before it answered",
    "Open a new engine.",
  );
}
