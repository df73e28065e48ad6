import { createHash, sign } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInFrameworks, findingTypesOf, loadConfig, openHouse } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-evidence-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const PERIOD = ['--from', '2026-01-01', '--to', '2026-02-01'];

function config() {
  const loaded = loadConfig({ env: {}, cwd, options: { data: 'data', logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  return loaded.config;
}

beforeAll(async () => {
  const house = await openHouse(config());
  for (const exchange of ['x1', 'x2']) {
    await house.parts.recorder.append({ v: 1, kind: 'interrupted', exchange, at: '2026-01-02T03:04:05.678Z' });
  }
  await house.close();
});

async function evidence(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await main(['evidence', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

const vkey = () => readFileSync(join(cwd, 'data', 'log-vkey.txt'), 'utf8').trim();

/** Has the manifest name the file as it is now, as a gateway would that lies. */
function signAgain(folder: string, path: string): void {
  const manifest = join(folder, 'MANIFEST');
  const [text = ''] = readFileSync(manifest, 'utf8').split('\n\n');
  const digest = createHash('sha256')
    .update(readFileSync(join(folder, path)))
    .digest('hex');
  const lines = `${text}\n`.replace(new RegExp(`^[0-9a-f]{64} ${path}$`, 'm'), `${digest} ${path}`);
  const { signingKey } = JSON.parse(readFileSync(join(cwd, 'data', 'install.json'), 'utf8'));
  const [name, id = ''] = vkey().split('+');
  const signed = Buffer.concat([Buffer.from(id, 'hex'), sign(null, Buffer.from(lines), signingKey)]);
  writeFileSync(manifest, `${lines}\n\u2014 ${name} ${signed.toString('base64')}\n`);
}

describe('sallyport evidence', () => {
  test('`frameworks` names those that come with the product', async () => {
    const { code, printed } = await evidence('frameworks');
    expect(code).toBe(0);
    expect(printed).toContain('owasp-agentic:2026');
    expect(JSON.parse((await evidence('frameworks', '--json')).printed).frameworks).toHaveLength(3);
  });

  test('`pack` writes a folder that `verify` takes, with the key alone', async () => {
    const { code, printed } = await evidence('pack', '--framework', 'owasp-llm', ...PERIOD, '--out', 'pack', '--json');
    expect(code).toBe(0);
    const { evidence: made } = JSON.parse(printed);
    expect(made).toMatchObject({
      framework: { id: 'owasp-llm', version: '2026' },
      period: { records: 2, figures: { 'records.interrupted': 2 } },
      log: { verified: true },
      wholeLog: true,
    });
    const injection = made.framework.controls.find(({ id }: { id: string }) => id === 'LLM01');
    expect(injection.holding).toBe('holds');
    // The starter policies let every principal use every model, and the page says so.
    const agency = made.framework.controls.find(({ id }: { id: string }) => id === 'LLM03');
    expect(agency.holding).toBe('partly');
    expect(readFileSync(join(cwd, 'pack', 'index.html'), 'utf8')).toContain('may: use-model');
    expect(existsSync(join(cwd, 'pack', 'policies', 'guard', 'flow.cedar'))).toBe(true);

    const checked = await evidence('verify', 'pack', '--vkey', vkey());
    expect(checked.code).toBe(0);
    expect(checked.printed).toContain('the figures were counted again');
  });

  test('`verify` says what was changed, and ends with 1', async () => {
    appendFileSync(join(cwd, 'pack', 'evidence.json'), ' ');
    writeFileSync(join(cwd, 'pack', 'note.txt'), 'trust me');
    const { code, printed } = await evidence('verify', 'pack', '--vkey', vkey());
    expect(code).toBe(1);
    expect(printed).toContain('evidence.json was changed');
    expect(printed).toContain('note.txt was added');
    const json = JSON.parse((await evidence('verify', 'pack', '--vkey', vkey(), '--json')).printed);
    expect(json).toMatchObject({ ok: false });
    expect((await evidence('verify', 'nowhere', '--vkey', vkey())).code).toBe(1);
  });

  test('`verify` names policies that are not the set of the pack, though the gateway itself signed them', async () => {
    await evidence('pack', '--framework', 'owasp-llm', ...PERIOD, '--out', 'lie', '--no-log');
    const path = 'policies/guard/flow.cedar';
    writeFileSync(join(cwd, 'lie', path), '');
    signAgain(join(cwd, 'lie'), path);
    const { code, printed } = await evidence('verify', 'lie', '--vkey', vkey());
    expect(code).toBe(1);
    expect(printed).toMatch(/1 problems\n {2}the files of policies are not the set/);
  });

  test('`verify` holds the log against a checkpoint that was kept, and shows names of files as they are', async () => {
    await evidence('pack', '--framework', 'owasp-llm', ...PERIOD, '--out', 'held');
    const checkpoint = join('held', 'checkpoint');
    expect((await evidence('verify', 'held', '--vkey', vkey(), '--head', checkpoint)).code).toBe(0);
    const other = join('..', 'no-such-file');
    expect((await evidence('verify', 'held', '--vkey', vkey(), '--head', other)).code).toBe(2);
    writeFileSync(join(cwd, 'held', '\u001b[2K\rall is well'), '');
    const { code, printed } = await evidence('verify', 'held', '--vkey', vkey());
    expect(code).toBe(1);
    expect(printed).toContain('all is well was added');
    for (const control of ['\u001b', '\r']) expect(printed).not.toContain(control);
  });

  test('takes a framework of your own, and the log stays at home where you say so', async () => {
    const [first] = builtInFrameworks();
    writeFileSync(join(cwd, 'own.json'), JSON.stringify({ ...first, id: 'own', title: 'Our rules' }));
    const { code, printed } = await evidence('pack', '--framework', 'own.json', ...PERIOD, '--out', 'own', '--no-log');
    expect(code).toBe(0);
    expect(printed).toContain('Art.12(1)');
    expect(existsSync(join(cwd, 'own', 'log'))).toBe(false);
    const checked = await evidence('verify', 'own', '--vkey', vkey());
    expect(checked.printed).toContain("the gateway's own word");
    expect(checked.code).toBe(0);
  });

  test('packs what policies must know of tools to be loaded again, and of no others', async () => {
    mkdirSync(join(cwd, 'typed', 'guard'), { recursive: true });
    mkdirSync(join(cwd, 'typed', 'access'));
    const policy = '@effect("ask") forbid (principal, action == Action::"mcp/bank/pay", resource)';
    writeFileSync(join(cwd, 'typed', 'guard', 'pay.cedar'), `${policy} when { context.arguments.amount > 5 };`);
    const inputSchema = { type: 'object', properties: { amount: { type: 'integer' } }, required: ['amount'] };
    writeFileSync(
      join(cwd, 'bank.json'),
      JSON.stringify({ tools: ['pay', 'other'].map((name) => ({ name, inputSchema })) }),
    );
    const path = join(cwd, 'typed.json');
    const mcp = { servers: { bank: { command: 'bank', tools: 'bank.json' } } };
    writeFileSync(
      path,
      JSON.stringify({ data: 'typed-data', policies: { folder: 'typed' }, mcp, log: { level: 'silent' } }),
    );
    const loaded = loadConfig({ env: {}, cwd, path });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    const house = await openHouse(loaded.config);
    await house.parts.recorder.append({ v: 1, kind: 'interrupted', exchange: 'x1', at: '2026-01-02T03:04:05.678Z' });
    await house.close();
    const made = ['--framework', 'owasp-llm', ...PERIOD, '--out', 'typed-pack', '--config', 'typed.json'];
    expect((await evidence('pack', ...made)).code).toBe(0);
    const { toolSchemas } = JSON.parse(readFileSync(join(cwd, 'typed-pack', 'facts.json'), 'utf8'));
    expect(toolSchemas).toEqual({ 'mcp/bank/pay': JSON.stringify(inputSchema) });
    const key = readFileSync(join(cwd, 'typed-data', 'log-vkey.txt'), 'utf8').trim();
    expect((await evidence('verify', 'typed-pack', '--vkey', key)).code).toBe(0);
  });

  test.each([
    ['a framework that is none', ['--framework', 'no-such', ...PERIOD, '--out', 'a']],
    ['a day that is none', ['--framework', 'owasp-llm', '--from', '2026-02-30T99:00:00Z', '--out', 'a']],
    [
      'a period that ends before it begins',
      ['--framework', 'owasp-llm', '--from', '2026-02-01', '--to', '2026-01-01', '--out', 'a'],
    ],
  ])('refuses %s: 2', async (_what, args) => {
    expect((await evidence('pack', ...args)).code).toBe(2);
    expect(existsSync(join(cwd, 'a'))).toBe(false);
  });

  test('never writes into a folder that holds something', async () => {
    const { code, told } = await evidence('pack', '--framework', 'owasp-llm', ...PERIOD, '--out', 'pack');
    expect(code).toBe(1);
    expect(told).toContain('has to be empty');
  });

  test('the frameworks name detectors that there are', async () => {
    const house = await openHouse(config());
    const ids = house.status().detectors.map(({ id }) => id);
    await house.close();
    const named = builtInFrameworks().flatMap(({ controls }) =>
      controls.flatMap(({ speaks }) => speaks.flatMap(({ detectors = [] }) => detectors)),
    );
    for (const id of new Set(named)) expect(ids).toContain(id);
    expect(findingTypesOf(config()).length).toBeGreaterThan(0);
  });
});
