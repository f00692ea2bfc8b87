/**
 * The socket, as little of it as the SDK needs, so that tests need none.
 */
import type { Octets } from "./encoding.js";

/** The subprotocol of this dialect. */
export const SUBPROTOCOL = "platen.v1";

/** What a transport tells its owner. */
export interface TransportEvents {
  /** The handshake is done; `protocol` is the subprotocol the other side chose. */
  opened(protocol: string): void;
  /** A text frame came. */
  text(text: string): void;
  /** It is over, with the close code; also when it never opened. Called once, the last call. */
  closed(code: number): void;
}

/** One connection to an agent. */
export interface Transport {
  /** Octets handed over and not yet sent. */
  readonly bufferedAmount: number;
  /** Sends one frame. */
  send(frame: string | Octets): void;
  /** Ends it; `closed` follows. */
  close(): void;
}

/**
 * Starts a connection. May throw where the environment forbids the address.
 *
 * @example
 * ```ts
 * import type { OpenTransport } from "platen";
 *
 * // Counts frames on their way out: wrap the default in whatever is wanted.
 * function counting(open: OpenTransport, count: (frames: number) => void): OpenTransport {
 *   let frames = 0;
 *   return (url, events) => {
 *     const transport = open(url, events);
 *     return {
 *       get bufferedAmount() {
 *         return transport.bufferedAmount;
 *       },
 *       send(frame) {
 *         count(++frames);
 *         transport.send(frame);
 *       },
 *       close() {
 *         transport.close();
 *       },
 *     };
 *   };
 * }
 * ```
 */
export type OpenTransport = (url: string, events: TransportEvents) => Transport;

/** A browser's WebSocket. */
export const openWebSocket: OpenTransport = (url, events) => {
  const socket = new WebSocket(url, SUBPROTOCOL);
  socket.addEventListener("open", () => {
    events.opened(socket.protocol);
  });
  socket.addEventListener("message", ({ data }) => {
    // The agent sends no binary frames.
    if (typeof data === "string") events.text(data);
  });
  socket.addEventListener("close", ({ code }) => {
    events.closed(code);
  });
  return socket;
};
