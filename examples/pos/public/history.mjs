// The jobs of this till, newest first: from the agent's own list, kept fresh by its events.
import { BridgeError } from "/sdk/index.js";

import { button, element } from "./dom.mjs";
import { jobSentence } from "./words.mjs";

const SHOWN = 20;

/** The list of jobs on the page. */
export class History {
  #list;
  #empty;
  #jobs = new Map();
  #onFailure;
  #client;

  constructor(list, empty, onFailure) {
    this.#list = list;
    this.#empty = empty;
    this.#onFailure = onFailure;
  }

  /** Reads the list. */
  async read(client) {
    this.#client = client;
    const jobs = await client.jobs.list({ limit: SHOWN });
    this.#jobs = new Map(jobs.map((job) => [job.id, job]));
    this.#show();
  }

  /** Keeps it fresh until the client is closed. */
  async follow(client) {
    for await (const event of client.events({ topics: ["jobs"] })) {
      if (event.type === "resync") await this.read(client);
      if (event.type !== "job-state-changed") continue;
      const known = this.#jobs.get(event.jobId);
      if (known === undefined) await this.#learn(event.jobId);
      else this.#jobs.set(event.jobId, { ...known, ...event, changedAt: event.at });
      this.#show();
    }
  }

  /** A job we have not heard of: it comes first. */
  async #learn(jobId) {
    const job = await this.#client.jobs.get(jobId);
    this.#jobs = new Map([[jobId, job], ...this.#jobs].slice(0, SHOWN));
  }

  #show() {
    this.#empty.hidden = this.#jobs.size > 0;
    this.#list.replaceChildren(...[...this.#jobs.values()].map((job) => this.#item(job)));
  }

  #item(job) {
    const badge = element("span", {
      className: "badge",
      textContent: job.state,
      data: { state: job.state },
    });
    return element(
      "li",
      { data: { jobState: job.state, jobId: job.id } },
      element(
        "span",
        { className: "what" },
        element("strong", { textContent: job.name || "Receipt" }),
        badge,
        element("span", { className: "quiet", textContent: job.acceptedAt.toLocaleTimeString() }),
      ),
      element("span", { className: "sentence", textContent: jobSentence(job) }),
      element("span", { className: "actions" }, ...this.#actions(job)),
    );
  }

  #actions({ id, state, name }) {
    const { jobs } = this.#client;
    const act = (label, action) =>
      button(
        label,
        async ({ currentTarget }) => {
          currentTarget.disabled = true;
          try {
            await action();
          } catch (error) {
            if (!(error instanceof BridgeError) || error.code !== "closed") this.#onFailure(error);
            currentTarget.disabled = false;
          }
        },
        { ariaLabel: `${label} ${name}` },
      );
    const cancel = act("Cancel", async () => jobs.cancel(id));
    switch (state) {
      case "pending":
        return [act("Hold", async () => jobs.hold(id)), cancel];
      case "pending-held":
        return [act("Release", async () => jobs.release(id)), cancel];
      case "processing":
      case "processing-stopped":
        return [cancel];
      case "interrupted":
        return [act("Deliver again", async () => jobs.retry(id)), cancel];
      default:
        return [act("Reprint", async () => jobs.reprint(id))];
    }
  }
}
