import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BROWSER, missingBrowser } from './testing/browser.ts';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
const POLICY = `
@id("mail-needs-a-human")
@effect("ask")
@message("mail is looked at before it goes")
forbid (principal, action == Action::"tool-call", resource == Tool::"send_mail");
`;
const isBlind = missingBrowser('the approvals page was not opened');

let folder: string;
let gateway: TestGateway;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-policies-'));
  for (const set of ['access', 'guard']) mkdirSync(join(folder, set));
  writeFileSync(join(folder, 'guard', 'mail.cedar'), POLICY);
  gateway = await testGateway(`policies: { folder: ${folder} }\n`, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterAll(async () => {
  await gateway.end();
  rmSync(folder, { recursive: true, force: true });
});

/** An agent whose model calls `send_mail`. @returns what it got */
async function agent(args: object): Promise<string> {
  const script = JSON.stringify({ toolCalls: [{ name: 'send_mail', arguments: args }] });
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      'content-type': 'application/json',
      'x-demo-answer': script.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'write to them' }] }),
  });
  return answer.text();
}

async function ask(args: object): Promise<string> {
  return /apr_\w+/.exec(await agent(args))?.[0] ?? '';
}

describe('the files of the approvals page', () => {
  it.each([
    ['/approvals', 'text/html; charset=utf-8'],
    ['/approvals/approvals.js', 'text/javascript; charset=utf-8'],
    ['/approvals/approvals.css', 'text/css; charset=utf-8'],
    ['/approvals/icon.svg', 'image/svg+xml'],
  ])('%s is given without a token, and may do nothing but what the page needs', async (path, type) => {
    const { status, headers } = await fetch(`${gateway.adminUrl}${path}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it.each(['/', '/approvals/', '/approvals/../api/v1/approvals', '/approvals/package.json', '/api/v1/approvals'])(
    '%s still needs the token',
    async (path) => {
      expect((await fetch(`${gateway.adminUrl}${path}`)).status).toBe(401);
    },
  );

  it.each([{ host: 'evil.example' }, { origin: 'http://evil.example' }, { origin: 'null' }])(
    'are given to nobody who comes by another name: %j',
    async (headers) => {
      const status = await new Promise((resolve, reject) => {
        const asked = request(`${gateway.adminUrl}/approvals`, { headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.once('error', reject);
        asked.end();
      });
      expect(status).toBe(403);
    },
  );
});

describe.skipIf(isBlind)('the approvals page in Chromium (needs one)', () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ ...(BROWSER !== undefined && { executablePath: BROWSER }) });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage({ viewport: { width: 1_000, height: 900 } });
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (said) => {
      // Chromium itself says of each answer such as 401 that it was one.
      if (said.type() === 'error' && !said.text().startsWith('Failed to load resource')) complaints.push(said.text());
    });
    await page.goto(`${gateway.adminUrl}/approvals`);
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });

  async function enter(token = ADMIN_TOKEN): Promise<void> {
    await page.getByLabel('Your token').fill(token);
    await page.keyboard.press('Enter');
  }

  const card = (id: string) => page.getByRole('article').filter({ hasText: id });

  it.each(['some-other-admin-token', 'no tökén'])('says that `%s` is not the token, and asks again', async (token) => {
    await enter(token);
    await page.getByText('This gateway knows nobody by this token.').waitFor();
    await expect.poll(() => page.getByLabel('Your token').inputValue()).toBe('');
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await enter();
    await page.getByRole('button', { name: 'Forget token' }).click();
    await page.getByLabel('Your token').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  it('shows a call that comes while it is open, and what an agent wants as text', async () => {
    await enter();
    await page.getByText('Nothing waits for you.').waitFor();
    const id = await ask({
      to: '<script>document.title="gone"</script><img src=x onerror=alert(1)>',
      body: 'a\u202eb\u200bc',
    });
    await card(id).waitFor();
    const shown = await card(id).locator('pre').textContent();
    expect(shown).toBe(
      '{\n  "to": "<script>document.title=\\"gone\\"</script><img src=x onerror=alert(1)>",\n  "body": "a\\u{202e}b\\u{200b}c"\n}',
    );
    expect(await card(id).locator('mark').allTextContents()).toEqual(['\\u{202e}', '\\u{200b}']);
    expect(await page.locator('img, pre script').count()).toBe(0);
    expect(await page.title()).toBe('(1) Approvals · Sallyport');
    const text = await card(id).innerText();
    for (const fact of ['send_mail', 'mail is looked at', 'service/test', 'demo (openai-chat)', 'mail-needs-a-human']) {
      expect(text).toContain(fact);
    }
    expect(text).toMatch(/14 min \d+ s/);
    await card(id).getByRole('button', { name: 'Deny' }).click();
    await card(id).getByRole('button', { name: 'Put away' }).click();
    await page.getByText('Nothing waits for you.').waitFor();
  });

  it('puts a no and its reason into the record', async () => {
    const id = await ask({ to: 'eve' });
    await enter();
    await card(id).getByLabel('Reason').fill('who is eve');
    await card(id).getByRole('button', { name: 'Deny' }).click();
    await card(id).getByText('Denied by admin: who is eve').waitFor();
    const records = gateway.house.exchanges({ limit: 20 }).exchanges.flatMap((exchange) => exchange.records);
    expect(
      records.find((record) => record.kind === 'approval' && record.approval === id && record.step === 'denied'),
    ).toMatchObject({
      by: { id: 'admin', via: 'page' },
      reason: 'who is eve',
    });
    expect(await agent({ to: 'eve' })).toContain('A person declined this call');
  });

  it('lets the call through that comes again after a yes, by the keyboard alone', async () => {
    const id = await ask({ to: 'ann' });
    await enter();
    await card(id).getByLabel('Reason').focus();
    await page.keyboard.type('known');
    // Nothing is decided by the key that ends a line.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Allow once');
    await page.keyboard.press('Enter');
    await card(id).getByText('Allowed once by admin: known').waitFor();
    expect(await agent({ to: 'ann' })).toContain('"name":"send_mail"');
  });

  it('moves nothing when a question is answered elsewhere or another comes', async () => {
    const [first, second] = [await ask({ to: 'b1' }), await ask({ to: 'b2' })];
    await enter();
    await card(second).waitFor();
    await card(second).getByLabel('Reason').fill('half a rea');
    const before = await card(second).boundingBox();
    await gateway.house.approvals.decide(first, {
      granted: false,
      by: { kind: 'user', id: 'admin', tenant: 'default', groups: ['admins'] },
      via: 'terminal',
      reason: '',
    });
    const third = await ask({ to: 'b3' });
    await card(first).getByText('Denied by admin').waitFor();
    await card(third).waitFor();
    expect(await card(second).boundingBox()).toEqual(before);
    expect(await card(second).getByLabel('Reason').inputValue()).toBe('half a rea');
    for (const id of [second, third]) await card(id).getByRole('button', { name: 'Deny' }).click();
    await card(third).getByText('Denied by admin').waitFor();
  });
});
