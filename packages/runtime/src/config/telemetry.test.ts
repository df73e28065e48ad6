import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from './index.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function load(otlp: object, env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-otlp-'));
  folders.push(cwd);
  const path = join(cwd, 'sallyport.yaml');
  writeFileSync(path, JSON.stringify({ telemetry: { otlp } }));
  const loaded = loadConfig({ path, env, cwd });
  if ('problems' in loaded) return loaded.problems.map((problem) => `${problem.path}: ${problem.message}`);
  return loaded.config.telemetry.otlp;
}

const KEY = { authorization: { env: 'KEY', prefix: 'Bearer ' } };

describe('`telemetry.otlp`', () => {
  it('is a collector and how much is told to it, and shows no secret', () => {
    const found = load({ endpoint: 'https://collector.example/base/', secretHeaders: KEY }, { KEY: 'hush' });
    expect(found).toMatchObject({
      endpoint: 'https://collector.example/base',
      service: 'sallyport',
      signals: ['traces', 'metrics', 'logs'],
      sampleRatio: 1,
      genAi: '1.41',
      activity: false,
      maxBehindRecords: 1_000_000,
      metricsEveryMs: 60_000,
      timeoutMs: 10_000,
      maxWaitingItems: 10_000,
      maxWaitingBytes: 16_777_216,
    });
    expect(JSON.stringify(found)).not.toContain('hush');
  });

  it.each([
    ['ftp://collector', 'must be an http or https address'],
    ['https://user:pass@collector', 'must not hold credentials: use `secretHeaders`'],
    ['https://collector/?key=1', 'must not have a query'],
    ['https://collector/#a', 'must not have a fragment'],
  ])('refuses the address %s', (endpoint, message) => {
    expect(load({ endpoint })).toEqual([`telemetry.otlp.endpoint: ${message}`]);
  });

  it('sends secrets over TLS, or to this machine', () => {
    const told = (endpoint: string, secretHeaders: object) => load({ endpoint, secretHeaders }, { KEY: 'hush' });
    expect(told('http://collector:4318', KEY)).toEqual([
      'telemetry.otlp.endpoint: must be an https address where there are `secretHeaders`',
    ]);
    for (const [endpoint, headers] of [
      ['http://127.0.0.1:4318', KEY],
      ['http://collector:4318', {}],
    ] as const) {
      expect(told(endpoint, headers)).toMatchObject({ endpoint });
    }
  });

  it('refuses a secret that is not there, one that stands in the file, and headers of its own', () => {
    expect(load({ endpoint: 'https://c', secretHeaders: KEY })).toEqual([
      'telemetry.otlp.secretHeaders.authorization: environment variable `KEY` is not set',
    ]);
    expect(load({ endpoint: 'https://c', headers: { authorization: 'Bearer x' } })).toEqual([
      'telemetry.otlp.headers.authorization: is a secret: use `secretHeaders`',
    ]);
    expect(load({ endpoint: 'https://c', headers: { 'content-type': 'text/plain' } })).toEqual([
      'telemetry.otlp.headers.content-type: is a header that the gateway makes itself',
    ]);
  });
});
