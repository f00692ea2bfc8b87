// The way to Platen: made on the first click that needs it, shown as it changes.
import { BridgeError, forgetAgent } from "/sdk/index.js";
import { connectShared } from "/sdk/shared/index.js";

import { find } from "./dom.mjs";
import { CONNECTION } from "./words.mjs";

/** Keeps one client, and tells the page how it stands. */
export class Connection {
  #config;
  #client;
  #connecting;
  #onOpen;

  /** `onOpen` is called each time the connection is open, with the client and whether it is new. */
  constructor(config, onOpen) {
    this.#config = config;
    this.#onOpen = onOpen;
    show("idle");
    const connectButton = find("[data-testid=connect]");
    connectButton.addEventListener("click", () => {
      this.client().catch(() => undefined);
    });
    // A click before anybody listened would be lost.
    connectButton.disabled = false;
    find("#forget").addEventListener("click", () => {
      forgetAgent();
      this.client().catch(() => undefined);
    });
  }

  /** The client, connected. Call it in a click: the browser may ask its user. */
  async client() {
    if (this.#client !== undefined && this.#client.state.type !== "closed") {
      await this.#client.ready();
      return this.#client;
    }
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    this.#client = await this.#connecting;
    return this.#client;
  }

  async #connect() {
    const { csrfToken, ports } = this.#config;
    let opened = 0;
    let client;
    const onState = (state) => {
      show(state.type === "closed" ? (state.error?.code ?? "closed") : state.type, state.error);
      // The first time, the client is not in our hands yet.
      if (state.type === "open" && opened++ > 0) this.#onOpen(client, false);
    };
    try {
      client = await connectShared({
        certificates: async ({ signal }) => get("/platen/certificates", signal),
        sign: async (statement, _, { signal }) => {
          const answer = await fetch("/platen/sign", {
            method: "POST",
            headers: { "content-type": "text/plain", "x-csrf-token": csrfToken },
            body: statement,
            signal,
          });
          if (!answer.ok) throw new Error(await answer.text());
          return answer.text();
        },
        onState,
        ...(ports === null ? {} : { ports }),
      });
    } catch (error) {
      show(error instanceof BridgeError ? error.code : "closed", error);
      throw error;
    }
    this.#onOpen(client, true);
    return client;
  }
}

async function get(path, signal) {
  const answer = await fetch(path, { signal });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
}

const TONES = {
  idle: "quiet",
  closed: "quiet",
  open: "good",
  connecting: "quiet",
  "waiting-for-permission": "warn",
  "waiting-to-retry": "warn",
};

function show(state, error) {
  const words = CONNECTION[state] ?? { label: "Not connected", title: "That did not work" };
  const tone = TONES[state] ?? "bad";
  const pill = find("[data-testid=connection-state]");
  pill.textContent = words.label;
  Object.assign(pill.dataset, { state, tone });

  const notice = find("[data-testid=notice]");
  Object.assign(notice.dataset, { state, tone });
  notice.hidden = state === "open";
  find("#notice-title").textContent = words.title ?? words.label;
  find("#notice-text").textContent = words.text ?? "";
  // Where the words above say it all, the SDK's would only repeat them.
  const more = error !== undefined && (words.text === undefined || words.detailed === true);
  find("#notice-detail").textContent = more ? detail(error) : "";
  find("#forget").hidden = words.forget !== true;
  const connectButton = find("[data-testid=connect]");
  connectButton.textContent = tone === "bad" ? "Try again" : "Connect";
  connectButton.hidden = !["idle", "closed"].includes(state) && tone !== "bad";
}

/** What the SDK says, for whoever is called to help. */
export function detail(error) {
  if (!(error instanceof BridgeError)) return String(error);
  return `${error.message}${error.next === "" ? "" : `: ${error.next}`}`;
}
