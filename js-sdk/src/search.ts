/** From a page's options to a search, and what is remembered from one search to the next. */
import { browserEnvironment, type Environment, type TextStore } from "./environment.js";
import { BridgeError } from "./errors.js";
import { DEFAULT_PORTS, type Search } from "./find.js";
import type { ConnectOptions } from "./options.js";

/** Where the way that worked last is kept. */
export const WAY_KEY = "platen.way";
/** Where the agent met first is kept. */
const AGENT_KEY = "platen.agent";

/** What is searched with these options. */
export function searchFor(
  options: Omit<ConnectOptions, "certificates" | "sign">,
  onWaiting: (waiting: boolean) => void,
): { readonly environment: Environment; readonly search: Search } {
  const environment = { ...browserEnvironment(), ...options.environment };
  const { subtle, store } = environment;
  if (!environment.secure || subtle === undefined) throw new BridgeError("page-must-be-https");
  const origin = environment.origin ?? options.origin;
  if (origin === undefined) throw new TypeError("outside a browser, the option origin is needed");
  // Where nothing can be kept, one client still notices when its agent becomes another.
  let met: string | undefined;
  const search: Search = {
    origin,
    subtle,
    ports: options.ports ?? DEFAULT_PORTS,
    pins: options.pins ?? {
      get: () => (store === undefined ? met : (store.getItem(AGENT_KEY) ?? undefined)),
      set: (_, agent) => {
        met = agent;
        keep(store, AGENT_KEY, agent);
      },
    },
    tellOrigin: environment.origin === undefined,
    lastUrl: store?.getItem(WAY_KEY) ?? undefined,
    askFirst: false,
    onWaiting,
  };
  return { environment, search };
}

/** Keeps a text where that is possible: a full or forbidden store is no reason not to print. */
export function keep(store: TextStore | undefined, key: string, value: string): void {
  try {
    store?.setItem(key, value);
  } catch {
    // Then it is found anew the next time.
  }
}

/**
 * Forgets which agent this site met on this machine, so that the next connection may meet another:
 * for the user to decide, after a new installation.
 *
 * @example
 * ```ts
 * import { BridgeError, connect, forgetAgent, type ConnectOptions } from "platen";
 *
 * async function connectAnyway(options: ConnectOptions): Promise<void> {
 *   try {
 *     await using client = await connect(options);
 *     console.log(client.state.type);
 *   } catch (error) {
 *     if (!(error instanceof BridgeError) || error.code !== "agent-mismatch") throw error;
 *     if (confirm("Platen was installed anew on this machine?")) forgetAgent();
 *   }
 * }
 * ```
 */
export function forgetAgent(): void {
  browserEnvironment().store?.removeItem(AGENT_KEY);
}
