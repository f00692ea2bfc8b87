// Which browser trusts the agent's certificate wherever it can be put: where an installation puts
// it, it is trusted, and where that cannot be, `platen doctor` names what is in the way. Real
// browsers, and the real programs that keep stores.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { before, test } from "node:test";

import { run } from "../browser/support/program.mjs";
import { Scene } from "../browser/support/scene.mjs";
import { makeServerCertificate } from "../browser/support/till.mjs";
import {
  done,
  inChromium,
  inFirefox,
  makeStore,
  onTestMachine,
  Page,
  platen,
  startAgent,
} from "./support.mjs";

const CHROMIUM_POLICIES = "/etc/chromium/policies/managed";
const FIREFOX_POLICIES = "/etc/firefox/policies/policies.json";
const STATE = "/var/lib/platen";
const INSTALL = ["install", "--system", "--package"];

before(onTestMachine);

test("what_is_installed_for_the_machine_is_trusted_and_what_is_in_the_way_is_named", async (t) => {
  const scene = await Scene.open(t);
  const home = scene.path("home");
  const profile = scene.path("profile");
  await done(INSTALL);
  const agent = await startAgent(scene, STATE);
  const page = await Page.serve(scene, agent);
  const doctor = async () =>
    (await platen(["doctor", "--config", agent.config, "--state", STATE])).said;

  await t.test("policies_of_both_browsers_trust_it", async () => {
    assert.equal(await inChromium(page, home), "open");
    assert.equal(await inFirefox(page, home, profile), "open");
    const said = await doctor();
    assert.match(said, /Chromium: .*zz-platen\.json counts/);
    assert.match(said, /Firefox: .*trusts our certificate/);
  });

  await t.test("a_list_of_others_is_joined_with_ours", async () => {
    const file = `${CHROMIUM_POLICIES}/zzz-other.json`;
    await writeFile(file, JSON.stringify({ CACertificatesWithConstraints: [] }));
    assert.equal(await inChromium(page, home), "open");
    // One that says itself what is joined, and leaves ours out, wins.
    const alone = { CACertificatesWithConstraints: [], PolicyListMultipleSourceMergeList: [] };
    await writeFile(file, JSON.stringify(alone));
    assert.notEqual(await inChromium(page, home), "open");
    assert.match(await doctor(), /zzz-other\.json sets CACertificatesWithConstraints/);
    await rm(file);
  });

  await t.test("the_system_store_alone_is_trusted_by_no_browser", async () => {
    await rm(`${CHROMIUM_POLICIES}/zz-platen.json`);
    await writeFile(FIREFOX_POLICIES, '{"policies":{}}');
    assert.notEqual(await inChromium(page, home), "open");
    assert.notEqual(await inFirefox(page, home, scene.path("another")), "open");
    const said = await doctor();
    assert.match(said, /Chromium: our policy file zz-platen\.json is not in/);
    assert.match(said, /Firefox: .* was replaced/);
    assert.match(said, /platen install --system --repair/);
    assert.equal((await platen(["install", "--system", "--check"])).code, 1);
  });

  await t.test("repair_makes_it_trusted_again", async () => {
    await done(["install", "--system", "--repair"]);
    assert.equal(await inChromium(page, home), "open");
    assert.equal(await inFirefox(page, home, scene.path("another")), "open");
  });

  await t.test("uninstalled_it_is_trusted_nowhere", async () => {
    await done(["uninstall", "--system", "--package"]);
    assert.notEqual(await inChromium(page, home), "open");
    assert.notEqual(await inFirefox(page, home, scene.path("third")), "open");
  });
});

test("what_is_installed_for_one_user_is_trusted_in_both_places_and_in_firefox_profiles", async (t) => {
  const scene = await Scene.open(t);
  const home = scene.path("home");
  const profile = `${home}/.mozilla/firefox/abc.default`;
  const state = scene.path("state");
  await makeStore(profile);
  const env = { HOME: home, XDG_STATE_HOME: "", XDG_CONFIG_HOME: "" };
  const words = ["--user", "--package", "--state", state];
  const agent = await startAgent(scene, state);
  const page = await Page.serve(scene, agent);

  await t.test("nowhere_it_is_trusted_by_nobody", async () => {
    assert.notEqual(await inChromium(page, home), "open");
    assert.equal(await inFirefox(page, home, profile), "1015");
  });

  await t.test("the_users_store_and_the_profile_trust_it", async () => {
    await done(["install", ...words], env);
    assert.equal(await inChromium(page, home), "open");
    assert.equal(await inFirefox(page, home, profile), "open");
    // Chromium's store is not Firefox's.
    assert.notEqual(await inFirefox(page, home, scene.path("elsewhere")), "open");
    await done(["uninstall", ...words], env);
    assert.notEqual(await inChromium(page, home), "open");
  });

  await t.test("the_second_place_is_used_where_the_first_is_missing", async () => {
    for (const folder of [".pki", ".local"]) {
      await rm(`${home}/${folder}`, { recursive: true, force: true });
    }
    await makeStore(`${home}/.local/share/pki/nssdb`);
    await done(["install", ...words], env);
    assert.equal(await inChromium(page, home), "open");
    await done(["uninstall", ...words], env);
  });
});

test("a_site_that_was_named_reaches_the_agent_without_a_prompt_and_no_other", async (t) => {
  const scene = await Scene.open(t);
  const home = scene.path("home");
  const agent = await startAgent(scene, scene.path("state"));
  const server = await makeServerCertificate(scene);
  const page = await Page.serve(scene, agent, server);
  const store = `${home}/.pki/nssdb`;
  await makeStore(store);
  await run(
    "certutil",
    "-d",
    `sql:${store}`,
    "-A",
    "-n",
    "shop",
    "-t",
    "P,,",
    "-i",
    server.certificate,
  );
  const switches = [
    "--host-resolver-rules=MAP *.example 127.0.0.1",
    `--ip-address-space-overrides=127.0.0.1:${page.port}=public`,
  ];
  const state = ["--state", scene.path("state")];
  await done([...INSTALL, ...state]);
  // Trusted, but headless Chromium answers the prompt with "block".
  assert.notEqual(await inChromium(page, home, switches), "open");
  await done([...INSTALL, ...state, "--allow-origin", page.url]);
  assert.equal(await inChromium(page, home, switches), "open");
  await done(["uninstall", "--system", "--package", ...state]);
});
