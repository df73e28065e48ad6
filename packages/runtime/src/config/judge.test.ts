import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from './index.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function load(file: object) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-judge-'));
  folders.push(cwd);
  const path = join(cwd, 'sallyport.yaml');
  writeFileSync(path, JSON.stringify(file));
  return loadConfig({ path, env: {}, cwd });
}

function problems(file: object): readonly string[] {
  const loaded = load(file);
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const judge = (more: object = {}) => ({ judge: { provider: 'demo', model: 'm', 'grey-zone': {}, ...more } });

describe('judge', () => {
  test('has defaults for everything but who answers and what is asked, and is a detector that routes may switch', () => {
    const loaded = load({
      ...judge({ alignment: { posture: 'open' } }),
      providers: { demo: { kind: 'demo' } },
      routes: [{ name: 'all', provider: 'demo', detectors: { 'judge-grey-zone': { enabled: false } } }],
    });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.config.judge).toMatchObject({ timeoutMs: 5_000, maxConcurrent: 8, maxTokensPerHour: 2_000_000 });
    expect(loaded.config.routes[0]?.detectors).toMatchObject({
      'judge-grey-zone': { enabled: false, posture: 'closed' },
      'judge-alignment': { enabled: true, posture: 'open' },
    });
    expect(loaded.config.routes[0]?.detectors).not.toHaveProperty('judge-intent');
  });

  test.each([
    [judge({ provider: 'nobody' }), 'judge.provider: no provider has this name'],
    [{ judge: { provider: 'demo', model: 'm' } }, 'judge: is asked nothing: name `intent`, `alignment` or `grey-zone`'],
    [judge({ intent: {} }), 'judge.intent: needs `detectors.intent.description`: what the assistant is for'],
    [
      { detectors: { custom: [{ id: 'judge-intent', keywords: ['x'] }] } },
      'detectors.custom[0].id: another detector has this id',
    ],
    [{ providers: { demo: { kind: 'demo', script: 'yes' } } }, 'providers.demo.script: the demo script is not JSON'],
  ])('reports what cannot be: %j', (file, problem) => {
    expect(problems(file)).toEqual([problem]);
  });

  test.each([
    [{ timeoutMs: 9 }, { timeoutMs: 10 }],
    [{ maxChars: 255 }, { maxChars: 256 }],
    [{ maxConcurrent: 1_001 }, { maxConcurrent: 1_000 }],
    [{ maxTokensPerHour: 0 }, { maxTokensPerHour: 1 }],
    [{ cacheEntries: 1 }, { cacheEntries: 2 }],
    [{ 'grey-zone': { from: 0.6, to: 0.5 } }, { 'grey-zone': { from: 0.5, to: 0.5 } }],
  ])('has bounds: not %j, but %j', (beyond, at) => {
    expect(problems(judge(beyond))).toHaveLength(1);
    expect(problems(judge(at))).toEqual([]);
  });
});
