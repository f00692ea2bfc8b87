/**
 * What a screen needs beside the client: the list of printers as it changes, and what to say to a
 * person about connections, printers and jobs. An entry of its own (`platen/ui`): a page with words
 * of its own does not pay for these.
 */
import type { Client } from "./client.js";
import type { AgentEvent, PrinterInfo } from "./decode.js";
import { BridgeError } from "./errors.js";
import type { JobStatus } from "./job.js";
import { Live } from "./live.js";
import type { ConnectionState } from "./options.js";

/**
 * The printers this site may use, now and as they change; `undefined` until they are read, which
 * begins with the first subscriber. Kept true over lost connections and lost events.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 * import { livePrinters, tellPrinter } from "platen/ui";
 *
 * function showStopped(client: Client, banner: HTMLElement): () => void {
 *   return livePrinters(client).subscribe((printers = []) => {
 *     const stopped = printers.filter(({ state }) => state === "stopped");
 *     banner.textContent = stopped.map((one) => `${one.name}: ${tellPrinter(one).text}`).join(" ");
 *   });
 * }
 * ```
 */
export function livePrinters(client: Client): Live<readonly PrinterInfo[] | undefined> {
  let reads = 0;
  const read = (signal: AbortSignal): void => {
    const turn = ++reads;
    client.printers({ signal }).then(
      (found) => {
        if (turn === reads) printers.set(found);
      },
      // Lost: the next connection reads again. Not allowed: nothing is known.
      () => undefined,
    );
  };
  const hear = (event: AgentEvent, signal: AbortSignal): void => {
    if (event.type === "resync") read(signal);
    if (event.type !== "printer-state-changed") return;
    const known = printers.current ?? [];
    const { printer, state, reasons, at: stateAt } = event;
    const place = known.findIndex(({ id }) => id === printer);
    const before = known[place];
    if (before === undefined) read(signal);
    // What was read after it happened knows it already.
    else if (stateAt >= before.stateAt) {
      const details = before.details.filter(({ reason }) => reasons.includes(reason));
      printers.set(known.with(place, { ...before, state, reasons, details, stateAt }));
    }
  };
  const listen = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      try {
        await client.ready({ signal });
        for await (const event of client.events({ topics: ["printers"], signal })) {
          hear(event, signal);
        }
        return;
      } catch (error) {
        // Where the grant does not let the site hear of printers, it may still read them.
        if (!(error instanceof BridgeError) || error.code !== "connection-lost") return;
      }
    }
  };
  const printers: Live<readonly PrinterInfo[] | undefined> = new Live<
    readonly PrinterInfo[] | undefined
  >(undefined, () => {
    const over = new AbortController();
    const stop = client.connection.subscribe(({ type }) => {
      // Printers come and go with the agent's configuration, and no event tells.
      if (type === "open") read(over.signal);
    });
    void listen(over.signal);
    return () => {
      stop();
      over.abort();
    };
  });
  return printers;
}

/** How something stands: nothing to see, all is well, it goes on by itself, look, it failed. */
export type Tone = "quiet" | "good" | "busy" | "warn" | "bad";

/** What to say to a person. */
export interface Told {
  /** How it stands. */
  readonly tone: Tone;
  /** What it is, in a few words. */
  readonly title: string;
  /** What to do, or what happens next; empty where there is nothing to say. */
  readonly text: string;
}

/**
 * What to say about the connection.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 * import { tellConnection } from "platen/ui";
 *
 * function showConnection(client: Client, pill: HTMLElement): () => void {
 *   return client.connection.subscribe((state) => {
 *     const { tone, title, text } = tellConnection(state);
 *     pill.dataset["tone"] = tone;
 *     pill.textContent = `${title} ${text}`;
 *   });
 * }
 * ```
 */
export function tellConnection(state: ConnectionState): Told {
  switch (state.type) {
    case "connecting":
      return told("busy", "Connecting");
    case "waiting-for-permission":
      return told(
        "warn",
        "Your browser asks for your permission",
        "Allow this page to reach apps on this device: the question is beside the address.",
      );
    case "open":
      return told("good", "Connected");
    case "waiting-to-retry":
      return told(
        "warn",
        "Reconnecting",
        `${sentence(state.error.message)} Jobs that were accepted print on.`,
      );
    case "closed":
      return state.error === undefined
        ? told("quiet", "Not connected")
        : told("bad", sentence(state.error.message), sentence(state.error.next));
    default:
      return state satisfies never;
  }
}

/** What stops a printer, for the person beside it; IPP's keywords. */
const PRINTER_REASONS: Readonly<Record<string, Told>> = {
  "media-empty": told("bad", "Out of paper", "Put in paper: it goes on by itself."),
  "media-needed": told("bad", "Out of paper", "Put in paper: it goes on by itself."),
  "media-jam": told("bad", "Paper jam", "Take out the paper that is stuck."),
  "cover-open": told("bad", "The cover is open", "Close it: it goes on by itself."),
  "door-open": told("bad", "A door is open", "Close it: it goes on by itself."),
  "interlock-open": told("bad", "Something is open", "Close it: it goes on by itself."),
  "separation-cutter-jam": told("bad", "The cutter is jammed", "Clear it: it goes on by itself."),
  "cutter-error": told("bad", "The cutter is stuck", "Switch the printer off and on."),
  "marker-supply-empty": told("bad", "Out of ink or toner", "Put in a new cartridge."),
  "toner-empty": told("bad", "Out of toner", "Put in a new cartridge."),
  offline: told("bad", "The printer does not answer", "Is it switched on, and its cable in?"),
  shutdown: told("bad", "The printer is switched off", "Switch it on."),
  "connecting-to-device": told("bad", "The printer does not answer", "Is it switched on?"),
  "timed-out": told("bad", "The printer does not answer", "Is it switched on, and its cable in?"),
  paused: told("warn", "Paused", "Somebody paused this printer; jobs wait until it is resumed."),
  "media-low": told("warn", "Little paper left", "Have a new roll at hand."),
  "marker-supply-missing": told("bad", "A cartridge is missing", "Put it in."),
  "toner-low": told("warn", "Little toner left", "Have a new cartridge at hand."),
  "marker-supply-low": told("warn", "Little ink left", "Have a new cartridge at hand."),
};

/** What a printer's reasons are called with, by how grave they are (RFC 8011 §5.4.12). */
const SEVERITY = /-(report|warning|error)$/;

/** What to say about a printer: its gravest reason, or that all is well. */
export function tellPrinter({ state, reasons }: Pick<PrinterInfo, "state" | "reasons">): Told {
  const known = reasons.flatMap((reason) => PRINTER_REASONS[reason.replace(SEVERITY, "")] ?? []);
  const gravest = known.find(({ tone }) => tone === "bad") ?? known[0];
  switch (state) {
    case "stopped":
      return gravest ?? told("bad", "The printer cannot go on", reasons.join(", "));
    case "processing":
      return gravest ?? told("busy", "Printing");
    case "idle":
      return gravest ?? told("good", "Ready");
    default:
      return state satisfies never;
  }
}

/**
 * What to say about a job; never more than is known. `printer` is where it prints, so that a job
 * that waits can say for what.
 */
export function tellJob(
  { state, evidence, code }: Pick<JobStatus, "state" | "evidence" | "code">,
  printer?: Pick<PrinterInfo, "state" | "reasons">,
): Told {
  const stopped = printer?.state === "stopped" ? tellPrinter(printer) : undefined;
  switch (state) {
    case undefined:
      return told("quiet", "Not heard of yet");
    case "pending-held":
      return told("warn", "Held", "It waits for its time, or for somebody to release it.");
    case "pending":
      return stopped ?? told("busy", "Waits for its turn");
    case "processing":
      return told("busy", "Prints");
    case "processing-stopped":
      return stopped ?? told("bad", "The printer cannot go on", "Look after it: the job goes on.");
    case "interrupted":
      return told(
        "bad",
        "Nobody knows whether it printed",
        "Look at the paper, then print it again or call it off.",
      );
    case "completed":
      switch (evidence) {
        case "device":
          return told("good", "Printed", "The printer confirmed it.");
        case "spooler":
          return told("good", "Printed", "The system’s print service says so.");
        default:
          return told("good", "Sent", "The printer took all of it; it cannot tell more.");
      }
    case "aborted":
      return told("bad", "Did not print", code === undefined ? "" : `The agent says: ${code}.`);
    case "canceled":
      return told("quiet", "Canceled");
    default:
      return state satisfies never;
  }
}

function told(tone: Tone, title: string, text = ""): Told {
  return { tone, title, text };
}

/** The SDK's messages begin small and end without a stop. */
function sentence(text: string): string {
  return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
