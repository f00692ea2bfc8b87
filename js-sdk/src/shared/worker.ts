/** The shared worker's script: gives each tab that connects a place at the exchange. */
import { browserEnvironment } from "../environment.js";
import { freshNonce } from "../proof.js";
import { Exchange } from "./exchange.js";
import { browserLocks } from "./locks.js";

const lock = `platen.worker.${freshNonce()}`;
const exchange = new Exchange({ environment: browserEnvironment(), locks: browserLocks, lock });
// Whoever is told of the lock waits for it: it is held first.
const held = browserLocks.hold(lock, new AbortController().signal);

globalThis.addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port === undefined) return;
  void held.then(() => {
    exchange.join(port);
  });
});
