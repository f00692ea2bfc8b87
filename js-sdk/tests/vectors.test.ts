/** What every implementation of platen.v1 agrees on: `protocol/vectors`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { canonicalJson, type Json } from "../src/canonical.js";
import { chunks } from "../src/chunk.js";
import {
  list,
  members,
  readJob,
  readNotification,
  readPrinter,
  readProof,
  readSession,
  readWireError,
  text,
} from "../src/decode.js";
import {
  ERROR_CODES,
  type AgentProof,
  type Method,
  type Statement,
} from "../src/generated/protocol.js";
import { isProof } from "../src/proof.js";
import { callDigest } from "../src/statement.js";

// From dist/check/tests to the root of the repository.
const VECTORS = new URL("../../../../protocol/vectors/", import.meta.url);

function vectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, VECTORS), "utf8"));
}

test("canonical_json_agrees_with_the_vectors", () => {
  // What is refused there is a text whose digits JavaScript cannot keep; a value has no such text.
  const { cases } = vectors("canonical.json") as {
    cases: { name: string; json: string; canonical: string }[];
  };
  for (const { name, json, canonical } of cases) {
    assert.equal(canonicalJson(JSON.parse(json) as Json), canonical, name);
  }
});

test("digests_of_calls_agree_with_the_vectors", async () => {
  const { cases } = vectors("call-digest.json") as {
    cases: { method: Method; params: string; digest: string }[];
  };
  for (const { method, params, digest } of cases) {
    assert.equal(await callDigest(crypto.subtle, method, params), digest);
  }
});

test("frames_agree_with_the_vectors", () => {
  interface Frame {
    request: number;
    document: number;
    data: string;
    frame: string;
  }
  const { frames } = vectors("chunk.json") as { frames: Frame[] };
  for (const { request, document, data, frame } of frames) {
    const made = [...chunks(request, document, new Uint8Array(Buffer.from(data, "hex")), 1024)];
    assert.deepEqual(
      made.map((one) => Buffer.from(one).toString("hex")),
      [frame],
    );
  }
});

test("proofs_are_judged_as_in_the_vectors", async () => {
  interface Case {
    name: string;
    origin: string;
    challenge: string;
    nonce: string;
    proof: AgentProof;
    valid: boolean;
  }
  const { cases } = vectors("proof.json") as { cases: Case[] };
  for (const { name, origin, challenge, nonce, proof, valid } of cases) {
    assert.equal(await isProof(crypto.subtle, proof, origin, challenge, nonce), valid, name);
  }
});

test("statements_of_admitted_calls_are_the_text_this_package_would_sign", async () => {
  interface Case {
    name: string;
    method: Method;
    params: string;
    signed?: { statement: string };
    error?: string;
  }
  const { cases } = vectors("statements.json") as { cases: Case[] };
  for (const { name, method, params, signed, error } of cases) {
    if (error !== undefined || signed === undefined) continue;
    const statement = JSON.parse(signed.statement) as Statement;
    assert.equal(canonicalJson({ ...statement }), signed.statement, name);
    assert.equal(statement.digest, await callDigest(crypto.subtle, method, params), name);
  }
});

test("every_recorded_message_of_an_agent_is_understood", () => {
  type Message = Partial<Record<"agent" | "page" | "page-binary", string>>;
  const readers: Partial<Record<Method, (result: unknown) => unknown>> = {
    "agent.prove": readProof,
    "session.open": readSession,
    "printers.list": (result) => list(members(result), "printers", readPrinter),
    "printers.get": readPrinter,
    "jobs.get": readJob,
    "jobs.cancel": readJob,
    "jobs.hold": readJob,
    "jobs.release": readJob,
    "jobs.retry": readJob,
    "jobs.list": (result) => list(members(result), "jobs", readJob),
    "jobs.submit": (result) => text(members(result), "job_id"),
    "jobs.preview": (result) => text(members(result), "content"),
    "jobs.reprint": (result) => text(members(result), "job_id"),
    "events.subscribe": (result) => text(members(result), "cursor"),
  };
  const { exchanges } = vectors("exchanges.json") as {
    exchanges: { name: string; messages: Message[] }[];
  };
  for (const { name, messages } of exchanges) {
    const asked = new Map<unknown, Method>();
    for (const { page, agent } of messages) {
      if (page?.startsWith("{") === true) {
        try {
          const call = JSON.parse(page) as { id?: number; method?: Method };
          if (call.method !== undefined) asked.set(call.id, call.method);
        } catch {
          // Recorded to be refused.
        }
      }
      if (agent === undefined) continue;
      const message = JSON.parse(agent) as Record<string, unknown>;
      if ("method" in message) {
        const notification = readNotification(message);
        assert.ok(notification, `${name}: ${agent}`);
        if (notification.method === "event") {
          const newer = agent.includes("a-newer-agent-says-more");
          assert.equal(notification.event.type === "unknown", newer, `${name}: ${agent}`);
        }
      } else if ("error" in message) {
        const { data } = message["error"] as { data: { code: string } };
        assert.ok((ERROR_CODES as readonly string[]).includes(data.code));
        assert.equal(readWireError(message["error"]).code, data.code, `${name}: ${agent}`);
      } else {
        const method = asked.get(message["id"]);
        assert.ok(method !== undefined, `${name}: ${agent}`);
        readers[method]?.(message["result"]);
      }
    }
  }
});
