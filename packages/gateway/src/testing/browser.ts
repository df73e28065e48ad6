import { existsSync } from 'node:fs';

/** Where a Chromium is: `CHROMIUM`, or where Debian puts it. */
export const BROWSER = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

/** Says aloud what is not looked at without one. */
export function missingBrowser(untried: string): boolean {
  if (BROWSER !== undefined) return false;
  process.stderr.write(`skipped: there is no Chromium on this machine, ${untried}\n`);
  return true;
}
