// Starts the Chromium that `cargo xtask` found, headless.
import { chromium } from "playwright-core";

/**
 * A browser with a profile of its own; the caller closes it.
 *
 * @param {readonly string[]} switches further command-line switches
 * @param {NodeJS.ProcessEnv} environment what is different from ours, such as `HOME`
 */
export async function startChromium(switches = [], environment = {}) {
  const executablePath = process.env.PLATEN_CHROMIUM ?? "/usr/bin/chromium";
  // Chromium's sandbox refuses to work for root, which containers and CI often are.
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({
    executablePath,
    headless: true,
    args: [...root, ...switches],
    env: { ...process.env, ...environment },
  });
}
