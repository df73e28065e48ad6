import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from './index.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function load(canaries: readonly object[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-monitor-'));
  folders.push(cwd);
  const path = join(cwd, 'sallyport.yaml');
  writeFileSync(path, JSON.stringify({ providers: { demo: { kind: 'demo' } }, monitor: { canaries } }));
  return loadConfig({ path, env: {}, cwd });
}

function problems(canaries: readonly object[]): readonly string[] {
  const loaded = load(canaries);
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const CANARY = { provider: 'demo', model: 'm' };

describe('monitor.canaries', () => {
  test('are none, and have defaults for all but whom they ask', () => {
    const [none, one] = [load([]), load([CANARY])];
    if ('problems' in none || 'problems' in one) throw new Error('does not load');
    expect(none.config.monitor.canaries).toEqual([]);
    expect(one.config.monitor.canaries).toEqual([
      { ...CANARY, everyHours: 24, inputs: 20, samples: 10, maxTokensPerDay: 20_000 },
    ]);
  });

  test('ask providers that there are, each model once', () => {
    expect(problems([{ ...CANARY, provider: 'nobody' }])).toEqual([
      'monitor.canaries[0].provider: no provider has this name',
    ]);
    expect(problems([CANARY, CANARY])).toEqual(['monitor.canaries[1].model: is asked already']);
    expect(problems([{ ...CANARY, model: 'a#b' }])).toEqual([
      'monitor.canaries[0].model: is a name that records do not hold',
    ]);
    expect(problems([CANARY, { ...CANARY, model: 'n' }])).toEqual([]);
  });

  test.each([
    ['everyHours', 1, 168],
    ['inputs', 4, 64],
    ['samples', 2, 32],
    ['maxTokensPerDay', 100, 100_000_000],
  ])('take `%s` from %i to %i', (name, least, most) => {
    const isRefused = (value: number) => problems([{ ...CANARY, [name]: value }]).length > 0;
    expect([least - 1, least, most, most + 1].map(isRefused)).toEqual([true, false, false, true]);
  });

  test('are 16 at most', () => {
    const models = (count: number) => Array.from({ length: count }, (_, n) => ({ ...CANARY, model: `m-${n}` }));
    expect(problems(models(16))).toEqual([]);
    expect(problems(models(17))).toHaveLength(1);
  });
});

describe('monitor.digests', () => {
  const load = (digests: readonly object[]) => {
    const cwd = mkdtempSync(join(tmpdir(), 'sallyport-monitor-'));
    folders.push(cwd);
    const path = join(cwd, 'sallyport.yaml');
    const providers = { demo: { kind: 'demo' }, own: { kind: 'ollama' }, cloud: { kind: 'groq', key: { env: 'K' } } };
    writeFileSync(path, JSON.stringify({ providers, monitor: { digests } }));
    const loaded = loadConfig({ path, env: { K: 'k' }, cwd });
    return 'problems' in loaded ? loaded.problems.map(({ message }) => message) : loaded.config.monitor.digests;
  };

  test('ask servers whose list says what the files of their models are, each once', () => {
    expect(load([{ provider: 'own' }])).toEqual([{ provider: 'own', everyMinutes: 60, models: {} }]);
    for (const provider of ['demo', 'cloud']) {
      expect(load([{ provider }])).toEqual(['has no list that says what the files of its models are']);
    }
    expect(load([{ provider: 'nobody' }])).toEqual(['no provider has this name']);
    expect(load([{ provider: 'own' }, { provider: 'own' }])).toEqual(['is asked already']);
  });

  test.each([0, 1, 1_440, 1_441])('take every so many minutes: %i', (everyMinutes) => {
    const isRefused = typeof load([{ provider: 'own', everyMinutes }])[0] === 'string';
    expect(isRefused).toBe(everyMinutes < 1 || everyMinutes > 1_440);
  });
});
