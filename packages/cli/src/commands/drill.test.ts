import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig, openDrillDesk } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-drill-'));
const KEY = 'secret-of-the-key-for-drills';
const QUICK = ['--rate', '1000'];
let gateway: RunningGateway;

// Policies of our own, so that the test says what must be stopped and no detector of the product decides it.
for (const set of ['access', 'guard']) mkdirSync(join(cwd, 'policies', set), { recursive: true });
writeFileSync(
  join(cwd, 'policies', 'guard', 'shop.cedar'),
  `@id("no-database")
@effect("block")
forbid (principal, action == Action::"tool-call", resource == Tool::"query_database");
@id("no-vex")
@effect("block")
forbid (principal, action == Action::"input", resource) when { context.risk.custom >= 900 };`,
);
writeFileSync(
  join(cwd, 'sallyport.yaml'),
  'policies: { folder: policies }\ndetectors: { custom: [{ id: names, keywords: [vex] }] }\n',
);

beforeAll(async () => {
  const options = { data: 'data', port: 0, adminPort: 0, logLevel: 'silent' } as const;
  const loaded = loadConfig({ path: undefined, env: { SALLYPORT_KEYS: `drill:${KEY}` }, options, cwd });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

async function drill(args: readonly string[], key = KEY) {
  const terminal = capturedTerminal({ cwd, env: { SALLYPORT_KEY: key } });
  const code = await main(['drill', '--url', gateway.dataUrl, ...QUICK, ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

async function outcomes(args: readonly string[]): Promise<Record<string, string>> {
  const { results } = JSON.parse((await drill([...args, '--json'])).printed);
  return Object.fromEntries(results.map(({ id, outcome }: { id: string; outcome: string }) => [id, outcome]));
}

describe('sallyport drill', () => {
  test('scores by what left: a call that policy keeps back is stopped, attack or not, and the others pass', async () => {
    const seen = await outcomes(['--family', 'dangerous-call', '--budget', '120']);
    expect(seen).toMatchObject({
      'dangerous-call/drop-table/tool-call/plain': 'stopped',
      'benign/count-orders': 'stopped',
      'benign/list-files': 'passed',
      'benign/plain-question': 'passed',
    });
    expect(Object.values(seen)).not.toContain('unanswered');
  });

  test('an order that a policy knows is stopped as it stands, and passes where it is written backwards', async () => {
    const seen = await outcomes(['--family', 'persona-jailbreak', '--budget', '200']);
    expect(seen).toMatchObject({
      'persona-jailbreak/unbound-twin/user-message/plain': 'stopped',
      'persona-jailbreak/unbound-twin/user-message/in-zh': 'stopped',
      'persona-jailbreak/unbound-twin/user-message/reversed': 'passed',
    });
  });

  test('ends with 1 where a share is above its criterion, with 0 where none is', async () => {
    const args = ['--family', 'dangerous-call', '--budget', '120'];
    expect(await drill([...args, '--max-success', '1', '--max-benign-blocked', '0.5'])).toMatchObject({
      code: 0,
      told: '',
    });
    const blocked = await drill([...args, '--max-benign-blocked', '0']);
    expect(blocked.code).toBe(1);
    expect(blocked.told).toContain('of benign traffic was blocked, at most 0.0 % may');
    expect(blocked.printed).toMatch(/^all attacks +7 /m);
  });

  test('says `drill` in the records of its exchanges, and in no other', async () => {
    const { printed } = await drill(['--family', 'dangerous-call', '--budget', '8', '--json']);
    const { drill: id, results } = JSON.parse(printed);
    for (const { exchange } of results) {
      const records = gateway.house.exchange(exchange);
      expect(records.map((record) => [record.kind, 'drill' in record && record.drill])).toContainEqual(['closed', id]);
    }
    const plain = await ask({});
    expect(plain.status).toBe(200);
    const records = gateway.house.exchange(plain.exchange);
    expect(records.map(({ kind }) => kind)).toContain('closed');
    expect(records.filter((record) => 'drill' in record)).toEqual([]);
  });

  test('nobody can claim a drill: not without the key of the data folder, nor for another body or credential', async () => {
    const badge = (credential: string, body: string) =>
      openDrillDesk(join(cwd, 'data'), 'drill-1').badge(credential, body);
    expect(await ask({ badge: badge(KEY, BODY) })).toMatchObject({ status: 200 });
    const elsewhere = openDrillDesk(join(cwd, 'other-data'), 'drill-1').badge(KEY, BODY);
    for (const claimed of [elsewhere, badge(KEY, `${BODY} `), badge('another-key', BODY), 'drill', '']) {
      expect(await ask({ badge: claimed })).toMatchObject({ status: 401, code: 'invalid_badge' });
    }
  });

  test('saves what went wrong, readable by its owner alone, and `--replay` sends exactly that', async () => {
    const args = ['--family', 'prompt-extraction', '--budget', '40', '--save-cases', 'found.jsonl'];
    const first = await outcomes(args);
    const wrong = Object.entries(first).filter(([id, outcome]) =>
      id.startsWith('benign/') ? outcome === 'stopped' : outcome === 'passed',
    );
    expect(wrong.length).toBeGreaterThan(0);
    expect(statSync(join(cwd, 'found.jsonl')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(cwd, 'found.jsonl'), 'utf8').trim().split('\n')).toHaveLength(wrong.length);
    expect(await outcomes(['--replay', 'found.jsonl'])).toEqual(Object.fromEntries(wrong));
  });

  test('SARIF has a result and JUnit a failure for each attack that got through, neither with a text', async () => {
    const args = ['--family', 'persona-jailbreak', '--seed', 'a', '--budget', '24'];
    const { attacks } = JSON.parse((await drill([...args, '--json'])).printed);
    expect(attacks.count).toBeGreaterThan(0);
    const sarif = await drill([...args, '--format', 'sarif']);
    const [run] = JSON.parse(sarif.printed).runs;
    expect(run.results).toHaveLength(attacks.count);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
    const junit = await drill([...args, '--format', 'junit']);
    const [, suite = ''] = /<testsuite name="persona-jailbreak"[\s\S]*?failures="(\d+)"/.exec(junit.printed) ?? [];
    expect(Number(suite)).toBe(attacks.count);
    expect(`${sarif.printed}${junit.printed}`).not.toMatch(/unfiltered|password|forbidden question/i);
  });

  test('does not begin where a greeting is not answered: what never arrived would look stopped', async () => {
    const refused = await drill([], 'some-other-key');
    expect(refused).toMatchObject({ code: 1, printed: '' });
    expect(refused.told).toContain('a greeting got no answer: 401');
  });

  test.each([
    ['--budget', '1'],
    ['--budget', '2.5'],
    ['--rate', '0'],
    ['--rate', '1001'],
    ['--timeout', '601'],
    ['--max-success', '1.1'],
    ['--family', 'no-such'],
    ['--url', 'ftp://127.0.0.1'],
    ['--replay', 'no-such.jsonl'],
  ])('%s %s is wrong usage', async (flag, value) => {
    expect(await drill([flag, value])).toMatchObject({ code: 2, printed: '' });
  });

  test('without a gateway key it says which variable holds it', async () => {
    expect(await drill([], '')).toMatchObject({ code: 2, told: 'error: no gateway key: set `SALLYPORT_KEY`\n' });
  });
});

const BODY = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'hello' }] });

async function ask({ badge }: { readonly badge?: string }) {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const response = await fetch(`${gateway.dataUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...headers, ...(badge !== undefined && { 'x-sallyport-drill': badge }) },
    body: BODY,
  });
  const { error } = (await response.json()) as { error?: { code?: string } };
  return {
    status: response.status,
    code: error?.code,
    exchange: response.headers.get('x-sallyport-exchange') ?? '',
  };
}
