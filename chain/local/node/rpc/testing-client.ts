/**
 * A JSON-RPC client for tests that says what no library says: broken requests, batches, the same bytes twice.
 * @module
 */
import { once } from "node:events";
import { WebSocket } from "ws";

export interface Message {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly method?: string;
  readonly params?: { readonly subscription: unknown; readonly result: unknown };
}

export class RawClient {
  readonly socket: WebSocket;
  readonly #unread: (Message | Message[])[] = [];
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (bytes) => this.#unread.push(JSON.parse(bytes.toString())));
    // What breaks a connection shows by `closed`.
    socket.on("error", () => {});
  }

  static async connect(
    url: string,
    onEnd: (task: () => Promise<void>) => void,
    origin?: string,
  ): Promise<RawClient> {
    const socket = new WebSocket(url, origin === undefined ? {} : { origin });
    const client = new RawClient(socket);
    onEnd(async () => socket.terminate());
    await Promise.race([
      once(socket, "open"),
      once(socket, "unexpected-response").then(() => {
        throw new Error("refused");
      }),
    ]);
    return client;
  }

  /** True once the connection is gone. */
  async closed(): Promise<boolean> {
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, "close");
    return true;
  }

  say(text: string): void {
    this.socket.send(text);
  }

  /** The next message of which `is` holds; others stay for later. */
  async hear(
    is: (message: Message & Message[]) => boolean = () => true,
  ): Promise<Message & Message[]> {
    for (;;) {
      const at = this.#unread.findIndex((message) => is(message as Message & Message[]));
      if (at >= 0) return this.#unread.splice(at, 1)[0] as Message & Message[];
      await once(this.socket, "message");
    }
  }

  async ask(method: string, ...params: unknown[]): Promise<Message> {
    const id = ++this.#lastId;
    this.say(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return this.hear((message) => message.id === id);
  }

  /** @throws Error with the number of the error that came instead of a result */
  async result<T>(method: string, ...params: unknown[]): Promise<T> {
    const { result, error } = await this.ask(method, ...params);
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return result as T;
  }

  /** The next thing told under a subscription. */
  async told<T>(subscription: string): Promise<T> {
    const { params } = await this.hear((message) => message.params?.subscription === subscription);
    return params?.result as T;
  }
}
