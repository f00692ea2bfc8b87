import assert from "node:assert/strict";
import { test } from "node:test";

import { Page, settle, until } from "./fake.js";

/** A connection whose other side is gone without a word: what is sent leads nowhere. */
async function halfDead() {
  const page = await Page.make();
  const connected = await page.connect();
  const { link } = page.agent;
  page.agent.onCall = (call) => call.link === link;
  return { page, connected, link };
}

test("a_connection_that_only_looks_alive_is_found_out_and_made_anew", async () => {
  const { page, connected } = await halfDead();
  await using client = connected;
  const asking = client.jobs.get("j").then(
    () => "answered",
    (error: unknown) => (error as { code: string }).code,
  );
  await page.clock.advance(20_000);
  assert.equal(client.state.type, "open", "it is asked first");
  await page.clock.advance(10_000);
  assert.equal(await asking, "timeout", "the call under way ends with its code");
  assert.equal(client.state.type, "waiting-to-retry");
  await page.clock.advance(500);
  await until(() => client.state.type === "open", "open again");
  assert.equal(page.agent.links.length, 2);
});

test("a_page_that_comes_back_after_a_sleep_asks_at_once", async () => {
  const { page, connected } = await halfDead();
  await using client = connected;
  await settle();
  page.attention.come();
  await settle();
  assert.equal(page.agent.calls("printers.list").length, 1);
  await page.clock.advance(10_000);
  assert.equal(client.state.type, "waiting-to-retry");
});

test("an_answer_that_waits_behind_a_clock_that_jumped_is_waited_for", async () => {
  const { page, connected, link } = await halfDead();
  await using client = connected;
  await page.clock.advance(20_000);
  const [asked] = page.agent.calls("printers.list");
  assert.ok(asked, "it is asked");
  // The machine sleeps for an hour: the timer is due before the socket is read.
  page.clock.now += 3_600_000;
  await page.clock.advance(0);
  link.answer(asked.id, { printers: [] });
  await settle();
  assert.equal(client.state.type, "open");
  assert.equal(page.agent.links.length, 1);
});

test("an_agent_that_refuses_the_question_lives", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = ({ id, link }) => {
    link.refuse(id, "not-permitted", "after-fix");
    return true;
  };
  await page.clock.advance(120_000);
  assert.equal(client.state.type, "open");
  assert.ok(page.agent.calls("printers.list").length > 1);
});

test("who_is_heard_is_not_asked", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  for (let second = 0; second < 60; second++) {
    await page.clock.advance(1_000);
    page.agent.link.say({ jsonrpc: "2.0", method: "news", params: {} });
  }
  assert.equal(client.state.type, "open");
  assert.equal(page.agent.calls("printers.list").length, 0);
});

test("a_page_that_has_its_user_back_does_not_wait_for_the_next_try", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.link.end();
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  page.attention.come();
  await until(() => client.state.type === "open", "open again");
});
