// What the till says of an agent that is not what it should be, and of a page that is not.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { listening, Scene } from "./support/scene.mjs";
import { Till } from "./support/till.mjs";

/** Opens the till in a fresh browser and clicks Connect. */
async function connect(scene, till, isPublic = []) {
  const page = await openPage(await startBrowser(scene, { isPublic }));
  await page.goto(till.origin);
  await seen(page).connect.click();
  return page;
}

test("an_agent_of_another_version_is_named_as_such", async (t) => {
  const scene = await Scene.open(t);
  const future = await listening(
    http.createServer((_, response) => {
      const headers = { "content-type": "application/json", "access-control-allow-origin": "*" };
      response.writeHead(200, headers);
      response.end(JSON.stringify({ product: "platen", protocol: "platen.v9" }));
    }),
    "127.0.0.1",
  );
  scene.atEnd(() => {
    future.close();
    future.closeAllConnections();
  });
  const till = await Till.start(scene, { ports: `ws:${future.address().port}` });
  const page = await connect(scene, till);
  await seen(page).connection("wrong-version");
  assert.match(await seen(page).notice.innerText(), /Update Platen/);
});

test("another_agent_in_the_place_of_the_known_one_gets_nothing_until_a_person_says_so", async (t) => {
  const scene = await Scene.open(t);
  const bridge = await Bridge.start(scene);
  const till = await Till.start(scene, { ports: `ws:${bridge.ports.ws}` });
  await till.trustedBy(bridge);
  const page = await connect(scene, till);
  await seen(page).connection("open");

  await bridge.replace();
  await till.trustedBy(bridge);
  await page.reload();
  await seen(page).connect.click();
  await seen(page).connection("agent-mismatch");
  const { sessions } = await bridge.verb("status");
  assert.equal(sessions, 0);

  await page.getByRole("button", { name: "Forget the old one" }).click();
  await seen(page).connection("open");
});

test("a_page_without_https_is_told_that_it_needs_it", async (t) => {
  const scene = await Scene.open(t);
  const bridge = await Bridge.start(scene);
  const till = await Till.start(scene, { ports: `ws:${bridge.ports.ws}`, insecure: true });
  const page = await connect(scene, till, [till.port]);
  await seen(page).connection("page-must-be-https");
  assert.match(await seen(page).notice.innerText(), /https/);
});
