/**
 * Notices a connection that only looks alive. A machine that slept, or an agent that hangs, closes
 * no socket: whoever hears nothing for a while asks, and does not wait for the answer forever.
 */
import { isLate, type Environment } from "./environment.js";
import { BridgeError, isAborted } from "./errors.js";
import type { OwnSession } from "./session.js";

/** How long nothing may be heard before the agent is asked. */
const QUIET_MS = 20_000;
/** How long it may take to answer: it reads its list of printers from memory. */
const ANSWER_MS = 10_000;

/**
 * Watches over a session until it ends, and ends it when nobody answers. A page that comes back to
 * its user asks at once.
 */
export async function keepVigil(environment: Environment, session: OwnSession): Promise<void> {
  const { connection } = session;
  const over = new AbortController();
  const { signal } = over;
  const ended = connection.ended.then(() => {
    over.abort();
  });
  while (!isAborted(signal)) {
    const { heard } = connection;
    await isLate(environment, QUIET_MS, signal, async (stop) =>
      Promise.race([environment.attended(stop), ended]),
    );
    if (isAborted(signal) || connection.heard !== heard) continue;
    const asked = environment.now();
    // What it answers does not matter, nor whether the grant allows the question.
    const late = await isLate(environment, ANSWER_MS, signal, async () =>
      session.callBeside("printers.list", {}),
    );
    // When the machine slept meanwhile, the answer may wait behind the clock.
    const slept = environment.now() - asked > 2 * ANSWER_MS;
    if (late && !slept && connection.heard === heard) {
      connection.close(new BridgeError("timeout"));
    }
  }
}
