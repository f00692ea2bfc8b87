// A till on the internet, as the browser sees it: https, a public address, and the browser's rules
// about reaching this machine. The permission is granted as a policy or a user would grant it;
// without that, headless Chromium answers its own prompt with "block". The prompt that nobody has
// answered yet is in permission.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { freePorts, Scene } from "./support/scene.mjs";
import { printPattern } from "./support/sdk.mjs";
import { servePage } from "./support/served.mjs";
import { Sink } from "./support/sink.mjs";
import { makeServerCertificate, Till } from "./support/till.mjs";

/**
 * A shop at `https://pos.example`. `ports` says where the page looks for the agent; `trusted`
 * whether the browser trusts the agent's certificate.
 */
async function shop(t, { ports, trusted = false, frameAncestors } = {}) {
  const scene = await Scene.open(t);
  const sink = await Sink.start(scene);
  const bridge = await Bridge.start(scene, sink.uri);
  const { wss, ws } = bridge.ports;
  const server = await makeServerCertificate(scene);
  const till = await Till.start(scene, {
    ports: (ports ?? "wss:WSS,ws:WS").replace("WSS", wss).replace("WS", ws),
    server,
    frameAncestors,
  });
  const trusts = [{ file: server.certificate, flags: "P,," }];
  if (trusted) {
    const { certificate } = await bridge.verb("cert", "show");
    trusts.push({ file: certificate.ca_file, flags: "C,," });
  }
  const start = async (more = []) =>
    startBrowser(scene, { isPublic: [till.port, ...more], trusts });
  return { scene, sink, bridge, till, server, start };
}

/** Opens the till and clicks Connect. */
async function connect(browser, { origin }, granted) {
  const page = await openPage(browser, granted ? { granted: origin } : {});
  await page.goto(origin);
  await seen(page).connect.click();
  return page;
}

test("with_permission_and_a_trusted_certificate_it_prints_over_tls", async (t) => {
  const { sink, bridge, till, start } = await shop(t, { trusted: true });
  await till.trustedBy(bridge);
  const page = await connect(await start(), till, true);
  await seen(page).connection("open");
  await seen(page).print.click();
  await seen(page).job("completed");
  await sink.received(1);
  const { state, url } = await printPattern(page, 2_048);
  assert.equal(state, "completed");
  assert.equal(url, `wss://localhost:${bridge.ports.wss}/`);
});

test("with_a_certificate_nobody_trusts_it_prints_over_plain_loopback", async (t) => {
  const { sink, bridge, till, start } = await shop(t);
  await till.trustedBy(bridge);
  const page = await connect(await start(), till, true);
  await seen(page).connection("open");
  const { state, url } = await printPattern(page, 2_048);
  assert.equal(state, "completed");
  assert.equal(url, `ws://localhost:${bridge.ports.ws}/`);
  await sink.received(1);
});

test("without_plain_loopback_it_says_that_the_certificate_is_not_trusted", async (t) => {
  const { bridge, till, start } = await shop(t, { ports: "wss:WSS,health:WS" });
  await till.trustedBy(bridge);
  const page = await connect(await start(), till, true);
  await seen(page).connection("certificate-not-trusted");
  assert.match(await seen(page).notice.innerText(), /platen doctor/);
});

test("a_browser_that_was_told_no_is_named_as_what_keeps_the_page_away", async (t) => {
  const { sink, bridge, till, start } = await shop(t, { trusted: true });
  await till.trustedBy(bridge);
  const page = await connect(await start(), till, false);
  await seen(page).connection("permission-denied");
  assert.match(await seen(page).notice.innerText(), /site settings/);
  assert.equal(sink.jobs.length, 0);
});

test("a_machine_that_does_not_trust_the_shop_says_so", async (t) => {
  const { till, start } = await shop(t, { trusted: true });
  const page = await connect(await start(), till, true);
  await seen(page).connection("site-not-trusted");
  assert.match(await seen(page).notice.innerText(), /platen trust add/);
});

test("an_agent_that_does_not_run_is_not_taken_for_anything_else", async (t) => {
  const { bridge, till, start } = await shop(t, { trusted: true });
  await till.trustedBy(bridge);
  await bridge.stop();
  const page = await connect(await start(), till, true);
  await seen(page).connection("not-running");
  await bridge.start();
  await seen(page).connect.click();
  await seen(page).connection("open");
});

test("a_frame_that_is_not_let_through_is_told_from_a_user_who_said_no", async (t) => {
  const [port] = await freePorts(1);
  const around = `https://mall.example:${port}`;
  const { scene, bridge, till, server, start } = await shop(t, {
    trusted: true,
    frameAncestors: around,
  });
  await till.trustedBy(bridge);
  const frames = ["", 'allow="loopback-network"'].map(
    (allow) => `<iframe src="${till.origin}" ${allow} width="1200" height="900"></iframe>`,
  );
  await servePage(scene, frames.join(""), server, port);
  const page = await openPage(await start([port]));
  await page.goto(around);
  for (const [index, state] of ["iframe-not-allowed", "permission-denied"].entries()) {
    const frame = seen(page.frameLocator("iframe").nth(index));
    await frame.connect.click();
    await frame.connection(state);
  }
});
