// What a person does with the demo: open the till, press Print, see the job completed.
//
//   node tests/browser/demo-check.mjs http://localhost:4180
//
// Exits 0 when the page says so. It looks only at what a person sees (the button's name) and at
// `data-job-state`, which the page keeps on each job it shows.
import { startChromium } from "./chromium.mjs";

const LIMIT_MS = 30_000;

const [address] = process.argv.slice(2);
if (address === undefined) {
  console.error("usage: node tests/browser/demo-check.mjs ADDRESS");
  process.exit(2);
}

const browser = await startChromium();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on("console", (message) => console.log(`page: ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => console.log(`page: uncaught: ${error.message}`));
  try {
    await page.goto(address);
    await page.getByRole("button", { name: /^print/i }).click();
    await page.locator("[data-job-state=completed]").first().waitFor();
    console.log("page: the receipt is printed");
  } catch (error) {
    console.error(`the page did not show a completed job; it showed:\n`);
    console.error(await page.locator("body").innerText());
    throw error;
  }
} finally {
  await browser.close();
}
