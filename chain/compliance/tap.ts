/**
 * A wire to a node that can be cut, made to hang, or made to lie: a WebSocket server on loopback that passes messages on.
 * @module
 */
import { WebSocket, WebSocketServer } from "ws";

export interface Tap {
  readonly url: string;
  /** From now on nothing comes through, and nothing is closed. */
  freeze(): void;
  /** Ends all connections, and takes no more. */
  drop(): void;
  close(): Promise<void>;
}

/** What becomes of a message on its way; undefined swallows it. */
export type Rewrite = (message: string) => string | undefined;

/**
 * @param fromNode of what the node says
 * @param fromClient of what the client says
 */
export async function openTap(
  url: string,
  fromNode: Rewrite = (message) => message,
  fromClient: Rewrite = (message) => message,
): Promise<Tap> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a tap listens on a port");
  let isFrozen = false;
  let isDropped = false;

  server.on("connection", (client) => {
    if (isDropped) return client.terminate();
    const node = new WebSocket(url);
    const early: string[] = [];
    client.on("message", (bytes) => {
      const message = isFrozen ? undefined : fromClient(String(bytes));
      if (message === undefined) return;
      if (node.readyState === WebSocket.OPEN) node.send(message);
      else early.push(message);
    });
    node.on("open", () => {
      for (const message of early.splice(0)) node.send(message);
    });
    node.on("message", (bytes) => {
      const message = isFrozen ? undefined : fromNode(String(bytes));
      if (message !== undefined) client.send(message);
    });
    client.on("close", () => node.terminate());
    node.on("close", () => client.terminate());
    node.on("error", () => client.terminate());
    client.on("error", () => node.terminate());
  });

  const drop = (): void => {
    isDropped = true;
    for (const client of server.clients) client.terminate();
  };
  return {
    url: `ws://127.0.0.1:${address.port}`,
    freeze() {
      isFrozen = true;
    },
    drop,
    close() {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
