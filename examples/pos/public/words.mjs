// What the page says about connections and jobs, in words for a person at a till.

/** The connection's states, and why there is none: a label, and what to do. */
export const CONNECTION = {
  idle: {
    label: "Not connected",
    title: "Ready to connect",
    text: "The first print connects this page with Platen on this machine. Your browser may ask whether it may.",
  },
  connecting: { label: "Connecting…", title: "Looking for Platen on this machine" },
  "waiting-for-permission": {
    label: "Waiting for your answer",
    title: "Your browser asks for your permission",
    text: "Allow this page to reach apps on this device: the question is at the top of the window, beside the address.",
  },
  open: { label: "Connected" },
  "waiting-to-retry": {
    label: "Reconnecting…",
    title: "The connection to Platen was lost",
    text: "It comes back by itself. Jobs that were accepted print on.",
  },
  closed: { label: "Not connected", title: "Disconnected" },
  "not-running": {
    label: "Platen does not run",
    title: "Platen does not run on this machine",
    text: "Start it, or install it, then try again.",
  },
  "permission-denied": {
    label: "Blocked by the browser",
    title: "The browser keeps this page from Platen",
    text: "Open the site settings beside the address, allow “Apps on device” (or “Local network access”), then try again.",
  },
  "certificate-not-trusted": {
    label: "Certificate not trusted",
    title: "Platen runs, but this browser does not trust it",
    text: "Run “platen doctor” on this machine: it says which trust store misses the certificate.",
  },
  "page-must-be-https": {
    label: "Page is not secure",
    title: "This page must be opened over https",
    text: "Browsers keep insecure pages from the machine. Open the till with https:// in front.",
  },
  "iframe-not-allowed": {
    label: "Blocked by the frame",
    title: "The page around this till does not let it reach the machine",
    text: 'Its iframe needs allow="loopback-network". Or open the till in a window of its own.',
  },
  "wrong-version": {
    label: "Wrong version",
    title: "Platen on this machine speaks another version",
    text: "Update Platen, or ask the shop to update this page.",
  },
  refused: {
    label: "Busy",
    title: "Platen takes no connection now",
    text: "It is full, or just starting or stopping. Try again in a moment.",
  },
  "site-not-trusted": {
    label: "Not trusted here",
    title: "This machine does not trust this shop yet",
    text: "Its administrator allows a shop with “platen trust add”.",
    detailed: true,
  },
  "agent-mismatch": {
    label: "Another agent",
    title: "This is not the Platen this till knows",
    text: "If Platen was installed anew on this machine, forget the old one and connect again. If not, another program poses as Platen: nothing was sent to it.",
    forget: true,
  },
  "signing-failed": {
    label: "Not signed",
    title: "The shop’s server did not sign",
    text: "Reload the page to sign in again.",
    detailed: true,
  },
};

/** A job's states. */
const JOB = {
  "pending-held": "Held: waits for its time or for somebody",
  pending: "Waits for its turn",
  processing: "Prints",
  "processing-stopped": "The printer cannot go on",
  interrupted: "Nobody knows whether it printed: look at the paper",
  aborted: "Did not print",
  canceled: "Canceled",
};

/** Who says that a job is complete: never more than is known. */
const EVIDENCE = {
  device: "Printed: the printer confirmed it",
  spooler: "The system’s print service says it is printed",
  transport: "The printer took all of it; it cannot tell more",
};

/** What a printer needs, by IPP's keyword. */
const NEEDS = {
  "media-empty": "is out of paper. Put a new roll in: it goes on by itself",
  "cover-open": "is open. Close its cover: it goes on by itself",
  "media-jam": "is jammed. Clear it: it goes on by itself",
  "separation-cutter-jam": "has a jammed cutter. Clear it: it goes on by itself",
  offline: "does not answer. Check its power and cable",
  paused: "is paused on this machine",
  "media-low-warning": "will soon need a new roll",
};

/** A sentence about what a printer needs; empty when that is nothing. */
export function printerSentence({ name, state, reasons }) {
  const needs = reasons.map((reason) => NEEDS[reason]).find((need) => need !== undefined);
  if (needs !== undefined) return `${name} ${needs}.`;
  return state === "stopped" ? `${name} cannot print: ${reasons.join(", ")}.` : "";
}

/** A sentence about where a job stands. */
export function jobSentence({ state, evidence, reasons, code }) {
  const sentence = state === "completed" ? (EVIDENCE[evidence] ?? "Completed") : JOB[state];
  const details = [...reasons, ...(code === undefined ? [] : [code])];
  return details.length === 0 ? sentence : `${sentence} (${details.join(", ")})`;
}
