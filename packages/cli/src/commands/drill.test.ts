import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { DRILL_PROTOCOLS, planDrill, wayName } from '@sallyport/redteam';
import { loadConfig, openDrillDesk } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-drill-'));
const KEY = 'secret-of-the-key-for-drills';
const QUICK = ['--rate', '1000'];
const CHAT = ['--protocol', 'openai-chat', '--stream', 'never'];
const WAYS = DRILL_PROTOCOLS.flatMap((protocol) => [false, true].map((stream) => ({ protocol, stream })));
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
    const cases = ['dangerous-call/drop-table/tool-call/plain', 'benign/count-orders', 'benign/list-files'];
    const seen = await outcomes(['--cases', fileOf(cases)]);
    for (const way of WAYS.map(wayName)) {
      expect(seen).toMatchObject({
        [`dangerous-call/drop-table/tool-call/plain/${way}`]: 'stopped',
        [`benign/count-orders/${way}`]: 'stopped',
        [`benign/list-files/${way}`]: 'passed',
      });
    }
    expect(Object.keys(seen)).toHaveLength(3 * WAYS.length);
  });

  test('an order that a policy knows is stopped, written backwards too, and a story without marks passes', async () => {
    const seen = await outcomes(['--family', 'persona-jailbreak', '--budget', '400', ...CHAT]);
    expect(seen).toMatchObject({
      'persona-jailbreak/unbound-twin/user-message/plain/openai-chat': 'stopped',
      'persona-jailbreak/unbound-twin/user-message/in-zh/openai-chat': 'stopped',
      'persona-jailbreak/unbound-twin/user-message/reversed/openai-chat': 'stopped',
      'persona-jailbreak/last-story/user-message/plain/openai-chat': 'passed',
    });
  });

  test('ends with 1 where a share is above its criterion, with 0 where none is', async () => {
    const args = ['--cases', fileOf(['dangerous-call/drop-table/tool-call/plain', 'benign/count-orders'])];
    const met = await drill([...args, '--max-success', '0', '--max-benign-blocked', '1']);
    expect(met).toMatchObject({ code: 0, told: '' });
    expect(met.printed).toMatch(/^all attacks +12 /m);
    const blocked = await drill([...args, '--max-benign-blocked', '0.9']);
    expect(blocked.code).toBe(1);
    expect(blocked.told).toContain('of benign traffic was blocked, at most 90.0 % may');
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
    const badge = (credential: string, body: string) => openDrillDesk(join(cwd, 'data'), DRILL).badge(credential, body);
    expect(await ask({ badge: badge(KEY, BODY) })).toMatchObject({ status: 200 });
    const elsewhere = openDrillDesk(join(cwd, 'other-data'), DRILL).badge(KEY, BODY);
    for (const claimed of [elsewhere, badge(KEY, `${BODY} `), badge('another-key', BODY), 'drill', '']) {
      expect(await ask({ badge: claimed })).toMatchObject({ status: 401, code: 'invalid_badge' });
    }
  });

  test.each(DRILL_PROTOCOLS)('benign texts of every carrier, and what obeys, come back in %s', async (protocol) => {
    const { printed } = await drill(['--protocol', protocol, '--budget', '60', '--json']);
    const { results, byWay } = JSON.parse(printed);
    expect(byWay.map(({ name }: { name: string }) => name)).toEqual([protocol, `${protocol}-stream`]);
    const outcomesOf = (side: string) =>
      results.flatMap(({ id, outcome }: { id: string; outcome: string }) => (id.startsWith(side) ? [outcome] : []));
    expect(outcomesOf('benign')).toContain('passed');
    expect(results.filter(({ outcome }: { outcome: string }) => outcome === 'unanswered')).toEqual([]);
  });

  test('adds to the file of cases what is new, and touches nothing else in it', async () => {
    const args = ['--family', 'prompt-extraction', '--budget', '12', '--save-cases', 'again.jsonl'];
    await drill(args);
    const once = readFileSync(join(cwd, 'again.jsonl'), 'utf8');
    await drill(args);
    expect(readFileSync(join(cwd, 'again.jsonl'), 'utf8')).toBe(once);
    await drill([...args, '--seed', '2']);
    expect(readFileSync(join(cwd, 'again.jsonl'), 'utf8').startsWith(once)).toBe(true);
    writeFileSync(join(cwd, 'mine.jsonl'), 'my own notes\n');
    expect(await drill(['--save-cases', 'mine.jsonl'])).toMatchObject({ code: 2, printed: '' });
    expect(readFileSync(join(cwd, 'mine.jsonl'), 'utf8')).toBe('my own notes\n');
  });

  test('puts its report into a file, in the place of the last one', async () => {
    const args = ['--budget', '4', ...CHAT, '--format', 'metrics', '--report', 'drill.prom'];
    writeFileSync(join(cwd, 'drill.prom'), 'the last one');
    expect(await drill(args)).toMatchObject({ code: 0, printed: '' });
    expect(readFileSync(join(cwd, 'drill.prom'), 'utf8')).toMatch(
      /^# HELP sallyport_drill_share [\s\S]*ended_seconds \d+\n$/,
    );
    expect(await drill([...args.slice(0, -1), 'no-such/drill.prom'])).toMatchObject({ code: 2 });
  });

  test('saves what went wrong, readable by its owner alone, and `--cases` sends exactly that', async () => {
    const args = ['--family', 'prompt-extraction', '--budget', '40', '--save-cases', 'found.jsonl'];
    const first = await outcomes(args);
    const wrong = Object.entries(first).filter(([id, outcome]) =>
      id.startsWith('benign/') ? outcome === 'stopped' : outcome === 'passed',
    );
    expect(wrong.length).toBeGreaterThan(0);
    expect(statSync(join(cwd, 'found.jsonl')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(cwd, 'found.jsonl'), 'utf8').trim().split('\n')).toHaveLength(wrong.length);
    expect(await outcomes(['--cases', 'found.jsonl'])).toEqual(Object.fromEntries(wrong));
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
    expect(refused).toMatchObject({ code: 3, printed: '' });
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
    ['--cases', 'no-such.jsonl'],
    ['--save-cases', 'no-such-folder/found.jsonl'],
    ['--every', '59s'],
    ['--every', '0m'],
    ['--protocol', 'openai-embeddings'],
    ['--stream', 'sometimes'],
  ])('%s %s is wrong usage', async (flag, value) => {
    expect(await drill([flag, value])).toMatchObject({ code: 2, printed: '' });
  });

  test('without a gateway key it says which variable holds it', async () => {
    expect(await drill([], '')).toMatchObject({ code: 2, told: 'error: no gateway key: set `SALLYPORT_KEY`\n' });
  });
});

const DRILL = { id: 'drill-1', stubbed: true };
/** A file with these cases, each in every way. */
function fileOf(ids: readonly string[]): string {
  const planned = planDrill({ seed: '1', budget: 1_000_000, families: ['dangerous-call'], ways: WAYS });
  const wanted = planned.filter(({ id }) => ids.includes(id.slice(0, id.lastIndexOf('/'))));
  writeFileSync(join(cwd, 'wanted.jsonl'), wanted.map((each) => `${JSON.stringify(each)}\n`).join(''));
  return 'wanted.jsonl';
}

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
