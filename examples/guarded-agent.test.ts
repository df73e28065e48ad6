import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, missingBrowser } from '../packages/gateway/src/testing/browser.ts';
import { TEST_KEY, type TestGateway, testGateway } from '../packages/gateway/src/testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-agent-story';
const CONFIG = readFileSync(new URL('guarded-agent/sallyport.yaml', import.meta.url), 'utf8');
const MINUTE_MS = 60_000;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway(CONFIG, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterAll(() => gateway.end());

function runStory() {
  const child = spawn(process.execPath, ['guarded-agent/story.mjs'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { PATH: process.env.PATH, SALLYPORT_URL: gateway.baseURL, SALLYPORT_KEY: TEST_KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise<{ readonly code: number | null; readonly output: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** A person who reads the page, sees whom the mail would go to and who wished for it, and answers. */
async function answerOnPage(button: 'Deny' | 'Allow once'): Promise<string> {
  const browser = await chromium.launch({ ...(BROWSER !== undefined && { executablePath: BROWSER }) });
  try {
    const page = await browser.newPage();
    await page.goto(`${gateway.adminUrl}/approvals`);
    await page.getByLabel('Your token').fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    const card = page.getByRole('article').filter({ hasText: 'send_mail' });
    await card.getByRole('button', { name: button }).waitFor({ timeout: MINUTE_MS });
    const came = await card.getByRole('region', { name: 'Where the values came from' }).innerText();
    await card.getByRole('button', { name: button }).click();
    await card.getByText(/^(Denied|Allowed once) by/).waitFor();
    return came;
  } finally {
    await browser.close();
  }
}

const isBlind = missingBrowser('examples/guarded-agent was not run');

describe.skipIf(isBlind)('examples/guarded-agent (needs Chromium)', () => {
  it('says so when the person says yes, since the mail is gone', { timeout: 3 * MINUTE_MS }, async () => {
    const [{ code, output }] = await Promise.all([runStory(), answerOnPage('Allow once')]);
    expect(output).toContain('the mail went out');
    expect(code).not.toBe(0);
  });

  it('finishes its task when the person says no, and no mail goes', { timeout: 3 * MINUTE_MS }, async () => {
    const [{ code, output }, came] = await Promise.all([runStory(), answerOnPage('Deny')]);
    expect(output).toContain('No mail was sent, and the task is done.');
    expect(code).toBe(0);
    expect(came).toContain('it stands only in text that nobody vouches for');
    expect(came).toContain('the result of `read_inbox`');
    expect(came).toContain('audit@partner.example');
    const records = gateway.house.exchanges({ limit: 20 }).exchanges.flatMap((exchange) => exchange.records);
    const held = records.find((record) => record.kind === 'decided' && record.tool === 'send_mail');
    expect(held).toMatchObject({ effect: 'block', approval: { status: 'denied' } });
    expect(JSON.stringify(records)).not.toContain('audit@partner.example');
  });
});
