import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { after, before, test } from "node:test";

import { parse } from "../server/options.mjs";
import { Refused, Signer } from "../server/sign.mjs";
import { createTill } from "../server/till.mjs";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = privateKey.export({ type: "pkcs8", format: "pem" });
const now = Date.now();

function statement(changes = {}, origin = "https://pos.example") {
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
    ...changes,
  });
}

test("a_statement_of_this_site_is_signed_by_its_key", () => {
  const text = statement();
  const signature = new Signer({ origin: "https://pos.example", key }).sign(text, now);
  assert.ok(verify("sha256", Buffer.from(text), publicKey, Buffer.from(signature, "base64url")));
});

test("nothing_else_is_signed", () => {
  const signer = new Signer({ origin: "https://pos.example", key });
  for (const text of [
    "",
    "null",
    "[]",
    "D".repeat(43),
    statement({ origin: "https://evil.example" }),
    statement({ origin: "https://pos.example.evil.example" }),
    statement({ purpose: "queue.pause" }),
    statement({ purpose: "anything" }),
    statement({ platen: 2 }),
    statement({ expires_at: now + 300_001 }),
    statement({ expires_at: now }),
    statement({ issued_at: now - 3_600_000, expires_at: now - 3_500_000 }),
    statement({ issued_at: String(now) }),
    statement({ sequence: -1 }),
    statement({ digest: "short" }),
    statement({ more: 1 }),
    statement().replace(",", ", "),
    statement().replace('"platen":1', '"platen":1.0'),
    `${statement()} `,
  ]) {
    assert.throws(() => signer.sign(text, now), Refused, text);
  }
});

test("options_come_from_flags_or_the_environment_and_are_checked", () => {
  const given = ["--key", "k", "--cert", "c", "--ports", "wss:1,wss:2,ws:3,health:4"];
  const { origin, certificates, ports } = parse(given, { POS_PORT: "4321" });
  assert.deepEqual([origin, certificates], ["http://localhost:4321", "c"]);
  assert.deepEqual(ports, { wss: [1, 2], ws: [3], health: [4] });
  for (const more of [
    ["--origin", "http://a/b"],
    ["--origin", "https://a"],
    ["--ports", "x:1"],
  ]) {
    assert.throws(() => parse([...given, ...more], {}));
  }
  assert.throws(() => parse([], {}), /--key is missing/);
});

let till;
let origin;

before(async () => {
  const probe = http.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  origin = `http://localhost:${port}`;
  till = createTill({ origin, key, certificates: "PEM", ports: undefined });
  till.listen(port, "127.0.0.1");
  await once(till, "listening");
});

after(() => {
  till.close();
  till.closeAllConnections();
});

/** A request as a browser, or something else, would send it. */
async function ask(path, { method = "GET", headers = {}, body } = {}) {
  const { port, host } = new URL(origin);
  const request = http.request({
    ...{ host: "127.0.0.1", port, path, method },
    headers: { host, ...headers },
  });
  request.end(body);
  const [response] = await once(request, "response");
  const pieces = await response.toArray();
  const text = Buffer.concat(pieces).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

async function signIn() {
  const { headers } = await ask("/");
  const [cookie] = headers["set-cookie"];
  const [pair] = cookie.split(";");
  const { csrfToken } = JSON.parse((await ask("/config.json", { headers: { cookie: pair } })).text);
  return { cookie, ours: { cookie: pair, origin, "x-csrf-token": csrfToken } };
}

test("the_page_of_an_open_till_gets_a_signature_and_nobody_else", async () => {
  const { cookie, ours } = await signIn();
  assert.match(cookie, /HttpOnly; SameSite=Strict/);
  const sign = async (headers) =>
    (await ask("/platen/sign", { method: "POST", headers, body: statement({}, origin) })).status;
  assert.equal(await sign(ours), 200);
  assert.equal(await sign({ ...ours, "sec-fetch-site": "same-origin" }), 200);
  for (const wrong of [
    { ...ours, cookie: "" },
    { ...ours, cookie: `${ours.cookie}x` },
    { ...ours, "x-csrf-token": "" },
    { ...ours, "x-csrf-token": "x".repeat(ours["x-csrf-token"].length) },
    { ...ours, origin: "https://evil.example" },
    { ...ours, origin: "null" },
    { cookie: ours.cookie, "x-csrf-token": ours["x-csrf-token"] },
    { ...ours, "sec-fetch-site": "cross-site" },
    { ...ours, "x-csrf-token": (await signIn()).ours["x-csrf-token"] },
  ]) {
    assert.equal(await sign(wrong), 403, JSON.stringify(wrong));
  }
});

test("what_is_no_statement_of_this_site_is_refused_with_the_reason", async () => {
  const { ours } = await signIn();
  const askToSign = async (body) => ask("/platen/sign", { method: "POST", headers: ours, body });
  const foreign = await askToSign(statement({}, "https://evil.example"));
  assert.equal(foreign.status, 400);
  assert.equal(foreign.text, `not signed: this site is ${origin}`);
  assert.equal((await askToSign("x".repeat(5000))).status, 413);
});

test("another_host_name_and_paths_outside_are_refused", async () => {
  assert.equal((await ask("/", { headers: { host: "evil.example" } })).status, 421);
  for (const path of [
    "/server.mjs",
    "/../server.mjs",
    "/sdk/../server.mjs",
    "/%2e%2e/x",
    "/nothing",
  ]) {
    assert.equal((await ask(path)).status, 404, path);
  }
  assert.deepEqual(JSON.parse((await ask("/config.json")).text), { csrfToken: "", ports: null });
  assert.equal((await ask("/", { method: "DELETE" })).status, 405);
});

test("the_page_and_the_sdk_are_served_under_a_strict_policy", async () => {
  const page = await ask("/");
  assert.equal(page.status, 200);
  const policy = page.headers["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /'unsafe/);
  assert.equal(
    (await ask("/sdk/index.js")).headers["content-type"],
    "text/javascript; charset=utf-8",
  );
  assert.equal((await ask("/sdk/generated/protocol.js")).status, 200);
  // The receipt module, and the one thing that the policy must allow for it.
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
  const module = await ask("/sdk/wasm/pkg/platen_wasm_bg.wasm");
  assert.equal(module.headers["content-type"], "application/wasm");
  assert.equal((await ask("/platen/certificates")).text, "PEM");
});
