// A fresh Chromium for one scene: its own profile, and a home whose trust store is its own.
import { mkdir } from "node:fs/promises";

import { startChromium } from "../chromium.mjs";
import { run } from "./program.mjs";

/** How long a person would wait for the page before calling for help. */
const LIMIT_MS = 30_000;

/**
 * Starts a browser that takes the names of tests for this machine, and the server ports in
 * `isPublic` for the internet's.
 */
export async function startBrowser(scene, { isPublic = [], trusts = [] } = {}) {
  const home = scene.path("home");
  await makeTrustStore(home, trusts);
  const spaces = isPublic.map((port) => `127.0.0.1:${port}=public`).join(",");
  const switches = [
    "--host-resolver-rules=MAP *.example 127.0.0.1",
    ...(spaces === "" ? [] : [`--ip-address-space-overrides=${spaces}`]),
  ];
  const browser = await startChromium(switches, { HOME: home });
  scene.atEnd(async () => browser.close());
  return browser;
}

/** A page in a session of its own; `granted` may reach this machine without a prompt. */
export async function openPage(browser, { granted } = {}) {
  const context = await browser.newContext();
  if (granted !== undefined) {
    await context.grantPermissions(["local-network-access"], { origin: granted });
  }
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  return page;
}

/** What a person sees of the till, by the page's own marks. */
export function seen(page) {
  const mark = (id) => page.getByTestId(id);
  return {
    connect: mark("connect"),
    print: mark("print"),
    notice: mark("notice"),
    evidence: mark("job-evidence"),
    needs: mark("printer-needs"),
    /** Resolves when the page shows this state of the connection. */
    connection: async (state) =>
      page.locator(`[data-testid=connection-state][data-state=${state}]`).waitFor(),
    /** Resolves when the page shows the job it printed last in this state. */
    job: async (state) => page.locator(`[data-testid=job-state][data-state=${state}]`).waitFor(),
    /** Resolves when the list of jobs shows so many in this state. */
    history: async (count, state) => {
      const items = page.locator(`[data-testid=history] > [data-job-state=${state}]`);
      await items.nth(count - 1).waitFor();
    },
  };
}

/** The store that Chromium reads on Linux. The flags are certutil's: `C,,` a root, `P,,` a peer. */
async function makeTrustStore(home, trusts) {
  const store = `${home}/.pki/nssdb`;
  await mkdir(store, { recursive: true });
  await run("certutil", "-d", `sql:${store}`, "-N", "--empty-password");
  for (const [index, { file, flags }] of trusts.entries()) {
    const name = `trusted ${index}`;
    await run("certutil", "-d", `sql:${store}`, "-A", "-n", name, "-t", flags, "-i", file);
  }
}
