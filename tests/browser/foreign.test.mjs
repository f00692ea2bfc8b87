// Pages of other sites, tried from where a browser lets them do most: the same machine, so that
// no permission is in the way, and the same site as the till, so that its cookie goes along.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { Scene } from "./support/scene.mjs";
import { servePage } from "./support/served.mjs";
import { Sink } from "./support/sink.mjs";
import { Till } from "./support/till.mjs";

/** A till that printed once, and in the same browser a page of somebody else. */
async function shop(t) {
  const scene = await Scene.open(t);
  const sink = await Sink.start(scene);
  const bridge = await Bridge.start(scene, sink.uri);
  const till = await Till.start(scene, { ports: `ws:${bridge.ports.ws}` });
  await till.trustedBy(bridge);
  const page = await openPage(await startBrowser(scene));
  await page.goto(till.origin);
  await seen(page).print.click();
  await seen(page).job("completed");
  const foreign = await page.context().newPage();
  const address = `http://localhost:${await servePage(scene, "<h1>Free coffee</h1>")}`;
  await foreign.goto(address);
  return { sink, bridge, till, page, foreign, address };
}

/** A statement that the till signs for its own page. */
function statement(origin) {
  const now = Date.now();
  return JSON.stringify({
    agent: "A".repeat(43),
    challenge: "C".repeat(43),
    digest: "D".repeat(43),
    expires_at: now + 60_000,
    issued_at: now,
    origin,
    platen: 1,
    purpose: "jobs.submit",
    sequence: 0,
  });
}

/** Posts a statement to the till's signing endpoint; the status, or that nothing could be read. */
async function askForSignature(page, url, body, headers = {}, mode = "cors") {
  return page.evaluate(
    async ([to, text, more, how]) => {
      const options = {
        method: "POST",
        mode: how,
        credentials: "include",
        headers: { "content-type": "text/plain", ...more },
        body: text,
      };
      try {
        const answer = await fetch(to, options);
        return answer.type === "opaque" ? "unreadable" : answer.status;
      } catch {
        return "unreadable";
      }
    },
    [url, body, headers, mode],
  );
}

/** Has a page post a form, and waits for where that leads. */
async function postForm(page, action, name, value) {
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    page.evaluate(
      ([to, key, content]) => {
        const form = document.createElement("form");
        Object.assign(form, { method: "POST", action: to, enctype: "text/plain" });
        const input = document.createElement("input");
        Object.assign(input, { name: key, value: content });
        form.append(input);
        document.body.append(form);
        form.submit();
      },
      [action, name, value],
    ),
  ]);
}

/** Everything a page may send to a URL without being asked; ends when all is answered. */
async function sendWithoutAsking(page, url, body) {
  await page.evaluate(
    async ([to, content]) => {
      const loaded = async (element) =>
        new Promise((resolve) => {
          element.onload = element.onerror = resolve;
        });
      const image = new Image();
      const drawn = loaded(image);
      image.src = to;
      const linked = document.createElement("iframe");
      const shown = loaded(linked);
      linked.src = to;
      document.body.append(linked);
      await Promise.all([drawn, shown]);

      const target = Object.assign(document.createElement("iframe"), { name: "target" });
      const form = document.createElement("form");
      Object.assign(form, { method: "POST", action: to, enctype: "text/plain", target: "target" });
      form.append(Object.assign(document.createElement("input"), { name: content }));
      document.body.append(target, form);
      const posted = loaded(target);
      form.submit();
      await posted;
      document.body.replaceChildren();

      await fetch(to, { mode: "no-cors" }).catch(() => undefined);
      await fetch(to, { method: "POST", mode: "no-cors", body: content }).catch(() => undefined);
    },
    [url, body],
  );
}

test("t22_a_page_of_another_origin_gets_no_signature", async (t) => {
  const { till, page, foreign } = await shop(t);
  const url = `${till.origin}/platen/sign`;
  const text = statement(till.origin);
  // The statement is one the till signs: for its own page, with the page's token.
  const csrfToken = await page.evaluate(
    async () => (await (await fetch("/config.json")).json()).csrfToken,
  );
  assert.equal(await askForSignature(page, url, text, { "x-csrf-token": csrfToken }), 200);
  assert.equal(await askForSignature(page, url, text), 403);

  const answers = [];
  foreign.on("response", (response) => {
    if (response.url() === url) answers.push(response.status());
  });
  assert.equal(await askForSignature(foreign, url, text), "unreadable");
  assert.equal(await askForSignature(foreign, url, text, {}, "no-cors"), "unreadable");
  // Even a stolen token helps no other origin: the browser asks first, and is told no.
  const stolen = { "x-csrf-token": csrfToken };
  assert.equal(await askForSignature(foreign, url, text, stolen), "unreadable");
  const config = await foreign.evaluate(
    async (from) =>
      fetch(from, { credentials: "include" }).then(
        () => "read",
        () => "unreadable",
      ),
    `${till.origin}/config.json`,
  );
  assert.equal(config, "unreadable");
  await postForm(foreign, url, text, "");
  // What the browser hid from the page altogether is not among them.
  assert.ok(answers.length >= 2);
  assert.ok(
    answers.every((status) => status === 403 || status === 405),
    answers.join(),
  );
});

test("t05_requests_that_need_no_permission_change_nothing_at_the_agent", async (t) => {
  const { sink, bridge, foreign, address } = await shop(t);
  const state = async () =>
    Promise.all([bridge.verb("jobs"), bridge.verb("printers"), bridge.verb("trust", "list")]);
  const before = await state();
  assert.equal(before[0].length, 1);

  const call = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "jobs.submit",
    params: { printer: "kitchen" },
  });
  const agents = [`http://localhost:${bridge.ports.ws}`, `http://127.0.0.1:${bridge.ports.ws}`];
  const statuses = [];
  foreign.context().on("response", (response) => {
    if (!response.url().startsWith(address)) statuses.push([response.url(), response.status()]);
  });
  for (const agent of agents) {
    for (const path of ["/", "/jobs", "/jobs.submit?printer=kitchen", "/healthz"]) {
      const url = agent + path;
      await sendWithoutAsking(foreign, url, call);
    }
  }
  await postForm(foreign, agents[0], call, "");
  assert.ok(statuses.length > 0, "nothing came through");
  for (const [url, status] of statuses) {
    assert.ok(url.endsWith("/healthz") || status >= 400, `${url}: ${status}`);
  }
  assert.deepEqual(await state(), before);
  assert.equal(sink.jobs.length, 1);
});

test("t05_a_socket_of_another_origin_can_call_nothing", async (t) => {
  const { sink, bridge, foreign } = await shop(t);
  const before = await bridge.verb("jobs");
  const heard = await foreign.evaluate(async (url) => {
    const socket = new WebSocket(url, "platen.v1");
    const methods = ["printers.list", "jobs.list", "jobs.submit", "events.subscribe"];
    const answers = [];
    await new Promise((resolve) => {
      socket.onopen = () => {
        for (const [id, method] of methods.entries()) {
          socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params: {} }));
        }
      };
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.id === undefined) return;
        answers.push(message);
        if (answers.length === methods.length) resolve();
      };
      socket.onclose = resolve;
    });
    socket.close();
    return answers;
  }, `ws://localhost:${bridge.ports.ws}/`);
  assert.ok(heard.length > 0);
  for (const { error, result } of heard) {
    assert.equal(result, undefined);
    assert.equal(error.data.code, "not-authorized");
  }
  assert.deepEqual(await bridge.verb("jobs"), before);
  assert.equal(sink.jobs.length, 1);
});
