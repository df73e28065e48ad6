import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord, RecordedDecision } from '@sallyport/core';
import { loadConfig, openHouse } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-policy-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const MONITORED = `// The house's own.\r
@id("no-mail") @effect("block")\r
@description("Addresses stay in the house.")\r
@mode("monitor")\r
forbid (principal, action == Action::"input", resource)\r
when { context.found.email > 0 };\r
`;
const PERMIT = '@id("all") permit (principal, action, resource);\n';
const FLAG =
  '@id("flag-mail") @effect("flag") forbid (principal, action, resource) when { context.found.email > 1 };\n';

function folder(name: string, guard: string): string {
  for (const set of ['access', 'guard', 'tests']) mkdirSync(join(cwd, name, set), { recursive: true });
  writeFileSync(join(cwd, name, 'access', 'all.cedar'), PERMIT);
  writeFileSync(join(cwd, name, 'guard', 'mine.cedar'), guard);
  return name;
}

const finding = {
  detector: 'personal-data',
  category: 'personal-data',
  type: 'email',
  score: 0.9,
  span: { start: 0, end: 9 },
  via: [],
  fingerprint: '0'.repeat(32),
  where: 'message/0/content',
} as const;
const decision = { verdict: 'allow', flags: [], redact: [], policies: [], monitored: ['no-mail'], errors: [] } as const;

/** A request of a principal, with so many addresses, that went on under the monitored set. */
function opened(
  n: number,
  { emails, who = 'app', at = '2026-01-02T03:04:05.678Z' }: { emails: number; who?: string; at?: string },
): AuditRecord {
  const context = { findings: Array.from({ length: emails }, () => finding), unseen: [], unchecked: [] };
  const guard: RecordedDecision = {
    kind: 'guard',
    question: { point: 'input', context },
    findingsTotal: emails,
    decision,
  };
  return {
    v: 1,
    kind: 'opened',
    exchange: `x${n}`,
    at,
    principal: { kind: 'service', id: who, tenant: 'default', groups: [] },
    resource: { kind: 'model', id: 'demo-1', provider: 'demo', groups: [] },
    request: {
      protocol: 'openai-chat',
      route: 'demo',
      model: 'demo-1',
      stream: false,
      tools: [],
      messages: 1,
      bodyBytes: 9,
    },
    policySet: '0'.repeat(64),
    decisions: [guard],
    receipt: { lines: [], unseen: [], segments: 1, inspectedChars: 9, uninspectedChars: 0 },
    effect: 'allow',
    redacted: {},
    detectors: 'd',
  };
}

async function policy(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await main(['policy', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

async function json(...args: string[]) {
  const { code, printed, told } = await policy(...args, '--json');
  if (printed === '') throw new Error(told);
  return { code, body: JSON.parse(printed) };
}

async function openedHouse(config: string) {
  const loaded = loadConfig({ path: config, env: {}, cwd, options: { logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return openHouse(loaded.config);
}

const LINES = [
  ...Array.from({ length: 60 }, (_, n) => opened(n, { emails: 0 })),
  ...Array.from({ length: 30 }, (_, n) =>
    opened(100 + n, { emails: 1, who: 'mailer', at: '2026-02-02T00:00:00.000Z' }),
  ),
  ...Array.from({ length: 10 }, (_, n) => opened(200 + n, { emails: 2, at: '2026-03-02T00:00:00.000Z' })),
];

beforeAll(async () => {
  folder('mine', MONITORED);
  folder('acting', MONITORED.replace('monitor', 'enforce'));
  writeFileSync(join(cwd, 'own.yaml'), 'data: ./data\npolicies: { starter: false, folder: mine }\n');
  writeFileSync(join(cwd, 'records.jsonl'), `${LINES.map((record) => JSON.stringify(record)).join('\n')}\nnothing\n`);
  const house = await openedHouse('own.yaml');
  for (const record of LINES) await house.parts.recorder.append(record);
  await house.close();
});

describe('sallyport policy backtest', () => {
  test('says what would newly be blocked, for whom and because of what', async () => {
    const { code, body } = await json('backtest', 'acting', '--config', 'own.yaml', '--no-starter');
    expect(code).toBe(0);
    // The log also holds the record of the set itself, and that of the first key.
    expect(body).toMatchObject({ records: 102, of: 102, decisions: 100, notReplayed: 0, policySets: 1 });
    expect(body.changes).toMatchObject({ blocked: 40, 'let-through': 0 });
    expect(body.rows).toMatchObject([
      { principal: 'service/mailer', route: 'demo', decisions: 30, changes: { blocked: 30 } },
      { principal: 'service/app', route: 'demo', decisions: 70, changes: { blocked: 10 } },
    ]);
    expect(body.policies).toEqual([{ policy: 'no-mail', changes: 40 }]);
    expect(body.examples.blocked).toHaveLength(5);
    expect(body.intervals).toBeUndefined();
  });

  test('reads a file as well, says what of it is no record, and keeps to a span of time', async () => {
    const flags = ['--config', 'own.yaml', '--no-starter', '--records', 'records.jsonl'];
    const { body } = await json('backtest', 'acting', ...flags);
    expect(body).toMatchObject({ records: 100, unreadable: 1, changes: { blocked: 40 } });
    const february = await json('backtest', 'acting', ...flags, '--from', '2026-02-01', '--to', '2026-03-01');
    expect(february.body).toMatchObject({ records: 30, of: 30, changes: { blocked: 30 } });
    const since = await json('backtest', 'acting', '--config', 'own.yaml', '--no-starter', '--from', '2999-01-01');
    expect(since.body).toMatchObject({ records: 0, decisions: 0 });
  });

  test.each([
    ['the data folder', []],
    ['a file', ['--records', 'records.jsonl']],
  ])('of a sample of %s it says how certain it is, and draws the same one again', async (_, source) => {
    const flags = ['--config', 'own.yaml', '--no-starter', '--sample', '50', '--seed', '7', ...source];
    const { body } = await json('backtest', 'acting', ...flags);
    expect(body.records).toBe(50);
    expect(body.of).toBeGreaterThanOrEqual(100);
    const { low, high } = body.intervals.blocked;
    expect(low).toBeLessThan(0.4);
    expect(high).toBeGreaterThan(0.4);
    expect((await json('backtest', 'acting', ...flags)).body).toEqual(body);
  });

  test('says it in words too', async () => {
    const { printed } = await policy('backtest', 'acting', '--config', 'own.yaml', '--no-starter');
    expect(printed).toContain('102 records from 2026-01-02T03:04:05.678Z');
    expect(printed).toMatch(/^blocked +40 {2}40\.00%/m);
  });
});

describe('sallyport policy diff', () => {
  test('names what changed, and what that does to probes and to what was recorded', async () => {
    folder('other', `${MONITORED.replace('email > 0', 'email > 1')}${FLAG}`);
    const flags = ['--config', 'own.yaml', '--no-starter', '--data', 'data'];
    const { code, body } = await json('diff', 'acting', 'other', ...flags);
    expect(code).toBe(0);
    expect(body.policies.added).toMatchObject([{ id: 'flag-mail' }]);
    expect(body.policies.changed).toMatchObject([{ id: 'no-mail', parts: ['conditions', 'mode'] }]);
    expect(body.recorded.changes).toMatchObject({ 'let-through': 40 });
    const { printed } = await policy('diff', 'acting', 'other', ...flags);
    expect(printed).toContain(
      '~ no-mail  guard/mine.cedar:5  conditions, mode\n1 added, 0 removed, 1 changed, 1 the same',
    );
  });

  test('compares starter packs', async () => {
    const { code, body } = await json('diff', 'pack:baseline', 'pack:strict');
    expect(code).toBe(0);
    expect(body.policies.removed.map(({ id }: { id: string }) => id)).toContain('unseen-flag');
    expect(body.probes).toContainEqual({ point: 'input', category: 'secrets', before: 'redact', after: 'block' });
  });
});

describe('sallyport policy explain', () => {
  test('says which policies held and what they read', async () => {
    const { code, printed } = await policy('explain', 'x100', '--config', 'own.yaml');
    expect(code).toBe(0);
    expect(printed).toContain('x100, set 000000000000, which is not the configured one');
    expect(printed).toContain('input model demo-1: allow');
    expect(printed).toContain('found 1: email 1; risk personal-data 900');
    expect(printed).toContain(
      'monitored no-mail  block, monitor  guard/mine.cedar:5\n    Addresses stay in the house.',
    );
    expect(printed).toContain('context.found.email = 1');
  });

  test('knows no exchange that is not in the log', async () => {
    expect((await policy('explain', 'nobody', '--config', 'own.yaml')).code).toBe(1);
  });
});

describe('sallyport policy promote', () => {
  const promote = (...args: string[]) =>
    json('promote', ...args, '--config', 'own.yaml', '--reason', 'it was right for a month');

  test('refuses what it cannot promote, and writes nothing', async () => {
    expect((await promote('all')).body).toEqual({ ok: false, problems: ['the policy `all` acts already'] });
    expect((await promote('nothing')).code).toBe(1);
    expect(existsSync(join(cwd, 'mine', 'change.json'))).toBe(false);
  });

  test('runs the backtest alone where that is asked for', async () => {
    const { code, body } = await promote('no-mail', '--dry-run');
    expect([code, body.written, body.backtest.changes.blocked]).toEqual([0, false, 40]);
    expect(readFileSync(join(cwd, 'mine', 'guard', 'mine.cedar'), 'utf8')).toBe(MONITORED);
  });

  test('changes one word, and the record of the set holds the backtest', async () => {
    const { body } = await promote('no-mail', '--by', 'ann');
    expect(body).toMatchObject({ ok: true, written: true, files: ['guard/mine.cedar'] });
    expect(readFileSync(join(cwd, 'mine', 'guard', 'mine.cedar'), 'utf8')).toBe(
      MONITORED.replace('monitor', 'enforce'),
    );
    const house = await openedHouse('own.yaml');
    expect(house.policies.policySet).toBe(body.policySet);
    await house.close();
    const terminal = capturedTerminal({ cwd });
    await main(['audit', 'export', '--kind', 'policy-set', '--config', 'own.yaml'], terminal);
    const records = terminal.printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({ cause: 'start', enforced: 1, monitored: 1 });
    expect(records[0].change).toBeUndefined();
    expect(records[1]).toMatchObject({
      policySet: body.policySet,
      enforced: 2,
      monitored: 0,
      change: {
        promoted: ['no-mail'],
        by: 'ann',
        reason: 'it was right for a month',
        backtest: { decisions: 100, changes: { blocked: 40 } },
      },
    });
  });

  test('a starter policy is not promoted in its place', async () => {
    writeFileSync(join(cwd, 'starter.yaml'), `data: ./data\npolicies: { folder: ${folder('empty', FLAG)} }\n`);
    const { code, told } = await policy('promote', 'tool-changed-block', '--config', 'starter.yaml', '--reason', 'x');
    expect(code).toBe(1);
    expect(told).toContain('is a starter policy');
  });
});

describe('sallyport policy sign', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  beforeAll(() => {
    writeFileSync(join(cwd, 'key.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    writeFileSync(join(cwd, 'key.pub.pem'), publicKey.export({ format: 'pem', type: 'spki' }));
    folder('signed', FLAG);
    writeFileSync(
      join(cwd, 'signed.yaml'),
      'data: ./signed-data\npolicies: { starter: false, folder: signed, bundle: { publicKeys: [key.pub.pem] } }\n',
    );
  });

  const sign = (...args: string[]) =>
    json('sign', 'signed', '--key', 'key.pem', '--config', 'signed.yaml', '--no-starter', ...args);
  const check = () => policy('check', '--config', 'signed.yaml');

  test('an unsigned folder is refused where signatures are asked for', async () => {
    expect((await check()).told).toContain('bundle.json:1:1 bundle: the folder is not signed');
    await expect(openedHouse('signed.yaml')).rejects.toMatchObject({ code: 'POLICY_INVALID' });
  });

  test('vouches for the folder as it is, and each time counts up', async () => {
    expect((await sign()).body).toMatchObject({ ok: true, name: 'signed', version: 1, files: 2 });
    expect((await sign()).body).toMatchObject({ version: 2 });
    expect((await check()).code).toBe(0);
  });

  test.each([
    [
      'changed',
      () => writeFileSync(join(cwd, 'signed', 'guard', 'mine.cedar'), `${FLAG}\n`),
      'guard/mine.cedar:1:1 bundle: was changed',
    ],
    [
      'added',
      () => writeFileSync(join(cwd, 'signed', 'guard', 'more.cedar'), ''),
      'guard/more.cedar:1:1 bundle: the file is not among',
    ],
    [
      'removed',
      () => rmSync(join(cwd, 'signed', 'access', 'all.cedar')),
      'access/all.cedar:1:1 bundle: the file was signed and is missing',
    ],
  ] as const)('a file that was %s afterwards is named', async (_, change, told) => {
    cpSync(join(cwd, 'signed'), join(cwd, 'kept'), { recursive: true });
    change();
    const checked = await check();
    rmSync(join(cwd, 'signed'), { recursive: true });
    cpSync(join(cwd, 'kept'), join(cwd, 'signed'), { recursive: true });
    expect([checked.code, checked.told.includes(told)]).toEqual([1, true]);
    expect((await check()).code).toBe(0);
  });

  test('another key vouches for nothing', async () => {
    const other = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(join(cwd, 'other.pem'), other);
    cpSync(join(cwd, 'signed', 'bundle.json'), join(cwd, 'kept.json'));
    await json('sign', 'signed', '--key', 'other.pem', '--config', 'signed.yaml', '--no-starter');
    expect((await check()).told).toContain('is signed by none of the public keys');
    cpSync(join(cwd, 'kept.json'), join(cwd, 'signed', 'bundle.json'));
  });

  test('records name the version, and a lower one is taken no more', async () => {
    const house = await openedHouse('signed.yaml');
    expect(house.policyReport().bundle).toMatchObject({ name: 'signed', version: 2 });
    await house.parts.recorder.append({
      ...opened(1, { emails: 0 }),
      policySet: house.policies.policySet,
    } as AuditRecord);
    await house.close();
    const terminal = capturedTerminal({ cwd });
    await main(['audit', 'export', '--config', 'signed.yaml'], terminal);
    const versions = terminal.printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .flatMap(({ policySet, policyVersion }) => (policySet === undefined ? [] : [policyVersion]));
    expect(versions.slice(0, 2)).toEqual([2, 2]);

    await sign('--set-version', '1');
    await expect(openedHouse('signed.yaml')).rejects.toMatchObject({ detail: expect.stringContaining('below 2') });
    await sign('--set-version', '2', '--name', 'another');
    await expect(openedHouse('signed.yaml')).rejects.toMatchObject({
      detail: expect.stringContaining('was another bundle'),
    });
    const text = readFileSync(join(cwd, 'signed.yaml'), 'utf8').replace('] } }', '], allowRollback: true } }');
    writeFileSync(join(cwd, 'rollback.yaml'), text);
    await sign('--set-version', '1');
    await (await openedHouse('rollback.yaml')).close();
  });
});

describe('sallyport policy test', () => {
  const CASES = `cases:
  - name: two addresses are flagged
    point: input
    findings: [{ category: personal-data, type: email }, { category: personal-data, type: email }]
    expect: { effect: flag, policies: [flag-mail] }
  - name: one is not
    point: input
    findings: [{ category: personal-data, type: email }]
    expect: { effect: allow, policies: [] }
`;

  test('passes where all comes as expected', async () => {
    writeFileSync(join(cwd, folder('tested', FLAG), 'tests', 'mail.yaml'), CASES);
    const { code, printed } = await policy('test', 'tested', '--no-starter');
    expect([code, printed]).toEqual([0, '2 cases, all as expected\n']);
  });

  test('says where a case is written that comes otherwise', async () => {
    writeFileSync(
      join(cwd, 'tested', 'tests', 'mail.yaml'),
      CASES.replace('allow, policies: []', 'block, policies: [x]'),
    );
    const { code, printed } = await policy('test', 'tested', '--no-starter');
    expect(code).toBe(1);
    expect(printed).toBe(
      'tested/tests/mail.yaml:6 one is not\n  effect: expected block, was allow\n  policies: expected x, was none\n2 cases, 1 not as expected\n',
    );
  });

  test('says where a file of cases is wrong', async () => {
    writeFileSync(join(cwd, 'tested', 'tests', 'mail.yaml'), CASES.replace('point: input', 'point: inputs'));
    const { code, told } = await policy('test', 'tested', '--no-starter');
    expect(code).toBe(2);
    expect(told).toMatch(/^tested\/tests\/mail\.yaml:3:12 cases\[0\]\.point: /);
  });

  test.each(['baseline', 'strict', 'coding-agent'])('runs the cases of the starter pack %s', async (pack) => {
    const { code, body } = await json('test', '--pack', pack);
    expect([code, body.ok, body.cases > 20]).toEqual([0, true, true]);
  });
});

describe('sallyport policy copy', () => {
  test('makes a pack a folder of its own, which passes its own cases and is the same set', async () => {
    expect((await json('copy', 'strict', 'copied')).code).toBe(0);
    expect((await json('test', 'copied', '--no-starter')).body.ok).toBe(true);
    const { body } = await json('diff', 'pack:strict', 'copied', '--no-starter');
    expect([body.policies.added, body.policies.removed, body.policies.changed]).toEqual([[], [], []]);
    expect((await policy('copy', 'strict', 'copied')).code).toBe(2);
  });
});

describe('sallyport policy list', () => {
  test('says which policies are left to Cedar, and why', async () => {
    folder(
      'slow',
      `${FLAG}@id("slow") @effect("flag") forbid (principal, action, resource) when { decimal("1.0").lessThan(decimal("2.0")) };`,
    );
    const { printed } = await policy('list', 'slow', '--no-starter');
    expect(printed).toMatch(/^slow .* `lessThan`$/m);
    expect((await json('list', 'slow', '--no-starter')).body.evaluatedByCedar).toEqual([
      { id: 'slow', reason: '`lessThan`' },
    ]);
  });
});
