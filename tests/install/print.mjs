// What a person does at the till: open the page, press Connect and Print, see the job completed.
//
//   node tests/install/print.mjs chromium|firefox ORIGIN
//
// Runs inside the machine of the suite `install`. The page stands on loopback, but both browsers
// take it for one on the internet. Nobody answers a prompt: a headless Chromium says no by itself,
// in Firefox the connection would stay pending. So a job that is completed was not asked about.
import { mkdtemp } from "node:fs/promises";

import puppeteer from "puppeteer-core";

const LIMIT_MS = 60_000;

const [name, origin] = process.argv.slice(2);
const { host } = new URL(origin);
const profile = await mkdtemp("/tmp/browser-");

const browsers = {
  chromium: {
    browser: "chrome",
    executablePath: "/usr/bin/chromium",
    // The machine is itself a sandbox, in which Chromium's own may not be had.
    args: ["--no-sandbox", `--ip-address-space-overrides=127.0.0.1:${new URL(origin).port}=public`],
  },
  firefox: {
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    extraPrefsFirefox: {
      "network.lna.address_space.public.override": `127.0.0.1:${new URL(origin).port}`,
      "network.lna.enabled": true,
      "network.lna.blocking": true,
      "network.lna.websocket.enabled": true,
    },
  },
};

const browser = await puppeteer.launch({
  ...browsers[name],
  headless: true,
  userDataDir: profile,
  timeout: LIMIT_MS,
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on("console", (message) => console.log(`page: ${message.text()}`));
  page.on("dialog", (dialog) => {
    throw new Error(`the browser asks: ${dialog.message()}`);
  });
  await page.goto(origin);
  try {
    const permission = await page.evaluate(async () => {
      const { state } = await navigator.permissions.query({ name: "loopback-network" });
      return state;
    });
    console.log(`loopback-network at ${host}: ${permission}`);
    await page.click("[data-testid=connect]");
    await page.waitForSelector("[data-testid=connection-state][data-state=open]");
    await page.click("[data-testid=print]");
    await page.waitForSelector("[data-testid=job-state][data-state=completed]");
    console.log(`${await browser.version()}: printed`);
  } catch (error) {
    console.error(await page.evaluate(() => document.body.innerText));
    throw error;
  }
} finally {
  await browser.close();
}
