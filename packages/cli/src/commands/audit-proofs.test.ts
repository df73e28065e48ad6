import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWitness } from '@sallyport/gateway';
import { loadConfig, openHouse, openWitness, parseVkey } from '@sallyport/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-proofs-'));
/** An auditor's folder: what they keep, and no data folder. */
const elsewhere = mkdtempSync(join(tmpdir(), 'sallyport-auditor-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
  rmSync(elsewhere, { recursive: true, force: true });
});

/** So that the first start makes no key, of which it would tell the log. */
const ENV = { SALLYPORT_KEYS: 'test:a-key-that-was-there-before' };

async function open() {
  const loaded = loadConfig({ env: ENV, cwd, options: { data: 'data', logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  return openHouse(loaded.config);
}

/** Each start writes one record of its own first: which policies are in force. */
async function append(names: readonly string[]): Promise<void> {
  const house = await open();
  for (const exchange of names) {
    await house.parts.recorder.append({ v: 1, kind: 'interrupted', exchange, at: '2026-01-02T03:04:05.678Z' });
  }
  await house.close();
}

async function audit(...args: string[]) {
  return auditIn(cwd, ...args);
}

async function auditIn(folder: string, ...args: string[]) {
  const terminal = capturedTerminal({ cwd: folder });
  const code = await main(['audit', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

let vkey = '';
let oldCheckpoint = '';

beforeAll(async () => {
  await append(['x0', 'x1', 'x1', 'x2']);
  vkey = readFileSync(join(cwd, 'data', 'log-vkey.txt'), 'utf8').trim();
  oldCheckpoint = (await audit('checkpoint')).printed;
  writeFileSync(join(elsewhere, 'old.checkpoint'), oldCheckpoint);
  await append(['x3', 'x4']);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('sallyport audit prove', () => {
  test('writes records and proofs that hold in a folder without the log', async () => {
    const { code, printed } = await audit('prove', 'x1', '--out', elsewhere, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(printed).files).toEqual(
      [2, 3].map((index) => ({ index, leaf: `${index}.leaf`, proof: `${index}.tlog-proof` })),
    );
    expect((await auditIn(elsewhere, 'verify-proof', '2.tlog-proof', '--leaf', '2.leaf', '--vkey', vkey)).printed).toBe(
      'the proof holds\n',
    );
    await audit('prove', '4', '--out', elsewhere);
    const wrong = await auditIn(
      elsewhere,
      'verify-proof',
      '2.tlog-proof',
      '--leaf',
      '4.leaf',
      '--vkey',
      vkey,
      '--json',
    );
    expect([wrong.code, JSON.parse(wrong.printed)]).toEqual([1, { ok: false, problems: ['leaf-not-there'] }]);
    const cut = join(elsewhere, 'cut.tlog-proof');
    writeFileSync(cut, readFileSync(join(elsewhere, '2.tlog-proof')).subarray(0, 60));
    expect(
      (await auditIn(elsewhere, 'verify-proof', 'cut.tlog-proof', '--leaf', '2.leaf', '--vkey', vkey)).printed,
    ).toBe('the proof does NOT hold: not-a-proof\n');
  });

  test('says what it does not find, and what was asked the wrong way', async () => {
    expect((await audit('prove', 'nobody')).code).toBe(1);
    expect((await audit('prove', '999')).told).toContain('no signed head covers leaf 999');
    const proof = ['verify-proof', join(elsewhere, '2.tlog-proof')];
    expect((await audit(...proof, '--leaf', join(elsewhere, '2.leaf'), '--vkey', 'none')).code).toBe(2);
    expect((await audit(...proof, '--vkey', vkey)).code).toBe(2);
    expect((await audit('verify-proof', 'none', '--leaf', 'none', '--vkey', vkey)).code).toBe(2);
    expect((await audit(...proof, '--leaf', join(elsewhere, '2.leaf'), '--vkey', vkey, '--witness', 'none')).code).toBe(
      2,
    );
  });
});

describe('sallyport audit prove-growth', () => {
  test('shows that the log begins with what an older checkpoint covers', async () => {
    const { code, printed } = await audit('prove-growth', '--head', join(elsewhere, 'old.checkpoint'));
    expect(code).toBe(0);
    expect(printed).toMatch(/^old 5\n/);
    writeFileSync(join(elsewhere, 'growth'), printed);
    writeFileSync(join(elsewhere, 'vkey'), `${vkey}\n`);
    const check = ['verify-proof', 'growth', '--since', 'old.checkpoint', '--vkey', 'vkey'];
    expect((await auditIn(elsewhere, ...check)).printed).toBe('the proof holds\n');
    writeFileSync(join(elsewhere, 'other.checkpoint'), oldCheckpoint.replace('\n5\n', '\n4\n'));
    expect((await auditIn(elsewhere, ...check.with(3, 'other.checkpoint'))).printed).toBe(
      'the proof does NOT hold: old-checkpoint-unsigned, not-grown-from-it\n',
    );
    expect((await audit('prove-growth', '--head', join(elsewhere, 'vkey'))).code).toBe(2);
  });
});

describe('sallyport audit export --tiles', () => {
  test('writes a folder that is checked without the log, and goes on with it', async () => {
    const tiles = join(elsewhere, 'tiles');
    const first = await audit('export', '--tiles', tiles, '--json');
    expect(JSON.parse(first.printed)).toEqual({ leaves: 8, files: 3 });
    await append(['x5']);
    expect((await audit('export', '--tiles', tiles)).printed).toContain('10 leaves are in');
    expect((await auditIn(elsewhere, 'verify-tiles', 'tiles', '--vkey', vkey)).printed).toBe(
      'the folder is whole\nleaves 10\n',
    );
    const bundle = join(tiles, 'tile/entries/000.p/10');
    writeFileSync(bundle, readFileSync(bundle, 'latin1').replace('x5', 'x6'), 'latin1');
    const edited = await auditIn(elsewhere, 'verify-tiles', 'tiles', '--vkey', vkey);
    expect([edited.code, edited.printed]).toEqual([1, expect.stringContaining('leaf-edited index 9')]);
    expect((await audit('export', '--tiles', tiles, '--from', '1')).code).toBe(2);
  });
});

describe('sallyport audit verify', () => {
  test('finds a log that was set back or forked, with a checkpoint that was kept and signed by a witness', async () => {
    const log = parseVkey(vkey);
    if (log === undefined) throw new Error('the log has no key');
    const witness = openWitness({ folder: join(elsewhere, 'w'), name: 'witness.example/w1', logs: [log] });
    const server = await startWitness({ witness, host: '127.0.0.1', port: 0 });
    writeFileSync(
      join(cwd, 'sallyport.yaml'),
      `audit:\n  witnessEveryMs: 1000\n  witnesses: [{ url: '${server.url}', vkey: '${witness.vkey}' }]\n`,
    );
    const house = await openHouse(configOf());
    await house.parts.recorder.append({ v: 1, kind: 'interrupted', exchange: 'x8', at: '2026-01-02T03:04:05.678Z' });
    await vi.waitFor(() => expect(house.status().audit.witnesses[0]).toMatchObject({ size: house.audit.size }), {
      timeout: 10_000,
    });
    await house.close();
    writeFileSync(join(cwd, 'witnessed'), witness.checkpointOf(() => true) ?? '');
    await server.stop();
    witness.close();
    rmSync(join(cwd, 'sallyport.yaml'));
    const known = ['--head', 'witnessed', '--witness', witness.vkey, '--vkey', vkey];
    const { code, printed } = await audit('verify', ...known);
    expect([code, printed]).toEqual([0, expect.stringMatching(/^the log is whole\n/)]);
    expect(printed).toContain('witness.example/w1 vouches for 12 leaves since ');
    // The checkpoint of before the witness lacks its signature.
    const plain = await audit('verify', '--head', join(elsewhere, 'old.checkpoint'), '--witness', witness.vkey);
    expect([plain.code, plain.printed]).toEqual([1, expect.stringContaining('witness-unsigned size 5')]);
    const proved = await audit('prove', '7', '--out', 'proofs');
    expect(proved.code).toBe(0);
    const proof = [
      'verify-proof',
      'proofs/7.tlog-proof',
      '--leaf',
      'proofs/7.leaf',
      '--vkey',
      vkey,
      '--witness',
      witness.vkey,
    ];
    expect((await audit(...proof)).printed).toBe('the proof holds\n');
    expect((await audit('verify', '--vkey', 'none')).code).toBe(2);
    expect((await audit('verify', '--witness', 'none')).code).toBe(2);
  });
});

function configOf() {
  const loaded = loadConfig({ env: ENV, cwd, options: { data: 'data', logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  return loaded.config;
}

describe('sallyport audit with an archive', () => {
  test('verifies it, proves out of it, and refuses a lock that would be shortened', async () => {
    const folder = join(cwd, 'locked');
    mkdirSync(folder);
    const config = (days: number) =>
      writeFileSync(
        join(folder, 'sallyport.yaml'),
        `audit: { seal: { records: 8, ms: 50 }, retention: { days: ${days}, lock: true } }\n`,
      );
    const house = async () => {
      const loaded = loadConfig({ env: {}, cwd: folder, options: { logLevel: 'silent', data: 'data' } });
      if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
      return openHouse(loaded.config);
    };
    // From before there were terms: their record is young itself, and would keep its tile in the store.
    const at = '2020-01-01T00:00:00.000Z';
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(at) });
    const first = await house();
    for (let n = 0; n < 300; n += 1)
      await first.parts.recorder.append({ v: 1, kind: 'interrupted', exchange: `x${n}`, at });
    await first.close();
    vi.useRealTimers();
    config(30);
    const second = await house();
    await vi.waitFor(() => expect(second.status().audit.archived).toBe(256), { timeout: 10_000 });
    await second.close();
    expect(readdirSync(join(folder, 'archive')).sort()).toEqual(['checkpoint', 'tile']);
    const where = ['--data', join(folder, 'data')];
    const { code, printed } = await audit('verify', ...where, '--archive', join(folder, 'archive'));
    expect([code, printed]).toEqual([0, expect.stringContaining('archived: 256; ')]);
    expect((await audit('prove', '3', ...where)).told).toContain('was archived');
    expect((await audit('prove', '3', ...where, '--archive', join(folder, 'archive'), '--out', 'proofs')).code).toBe(0);
    const key = readFileSync(join(folder, 'data', 'log-vkey.txt'), 'utf8').trim();
    expect((await audit('verify-proof', 'proofs/3.tlog-proof', '--leaf', 'proofs/3.leaf', '--vkey', key)).code).toBe(0);
    expect((await audit('verify-tiles', join(folder, 'archive'), '--vkey', key)).code).toBe(0);
    config(29);
    await expect(house()).rejects.toMatchObject({ code: 'CONFIG_INVALID', detail: expect.stringContaining('30 days') });
    rmSync(join(folder, 'archive', 'tile', 'entries', '000'));
    expect((await audit('verify', ...where, '--archive', join(folder, 'archive'))).printed).toContain(
      'archive-missing from 0 to 256',
    );
  });
});

describe('sallyport audit witness', () => {
  test.each([
    ['an address that is none', ['--listen', 'nowhere', '--log', 'KEY']],
    ['a key that is none', ['--log', 'nothing']],
  ])('refuses %s', async (_, flags) => {
    const given = flags.map((flag) => (flag === 'KEY' ? vkey : flag));
    expect((await audit('witness', '--data', 'w2', ...given)).code).toBe(2);
  });

  test('needs a name at its first start', async () => {
    expect((await audit('witness', '--data', 'w3', '--log', vkey)).told).toContain('a witness needs a name');
  });
});
