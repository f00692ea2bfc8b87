// The browser's prompt, while nobody has answered it. Headless Chromium answers by itself at once,
// so the prompt is played here: the page reads `prompt`, and a gate before the agent holds its
// connections as the browser would. Everything else is real.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { Gate } from "./support/gate.mjs";
import { Scene } from "./support/scene.mjs";
import { makeServerCertificate, Till } from "./support/till.mjs";

/** A till that was just told to connect, with the prompt before it; `answer` answers it. */
async function prompted(t) {
  const scene = await Scene.open(t);
  const bridge = await Bridge.start(scene);
  const gate = await Gate.start(scene, bridge.ports.ws);
  const server = await makeServerCertificate(scene);
  const till = await Till.start(scene, { ports: `ws:${gate.port}`, server });
  await till.trustedBy(bridge);
  const trusts = [{ file: server.certificate, flags: "P,," }];
  const browser = await startBrowser(scene, { isPublic: [till.port], trusts });
  const page = await openPage(browser, { granted: till.origin });
  await page.addInitScript(() => {
    const status = Object.assign(new EventTarget(), { state: "prompt" });
    navigator.permissions.query = async () => status;
    globalThis.answer = (state) => {
      status.state = state;
      status.dispatchEvent(new Event("change"));
    };
  });
  await page.clock.install();
  await page.goto(till.origin);
  await seen(page).connect.click();
  const answer = async (state) => {
    await page.evaluate((given) => {
      globalThis.answer(given);
    }, state);
  };
  return { page, gate, answer };
}

test("a_slow_reader_of_the_prompt_is_waited_for", async (t) => {
  const { page, gate, answer } = await prompted(t);
  await seen(page).connection("waiting-for-permission");
  assert.match(await seen(page).notice.innerText(), /Allow this page/);
  await page.clock.fastForward("01:00");
  await seen(page).connection("waiting-for-permission");
  await answer("granted");
  gate.open();
  await seen(page).connection("open");
});

test("a_user_who_says_no_is_believed", async (t) => {
  const { page, gate, answer } = await prompted(t);
  await seen(page).connection("waiting-for-permission");
  await answer("denied");
  gate.shut();
  await seen(page).connection("permission-denied");
});
