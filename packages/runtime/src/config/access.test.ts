import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function load(yaml: string, entities?: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-access-config-'));
  folders.push(cwd);
  writeFileSync(join(cwd, 'sallyport.yaml'), yaml);
  if (entities !== undefined) writeFileSync(join(cwd, 'entities.yaml'), entities);
  const loaded = loadConfig({ env: {}, cwd });
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path} ${message}`) : loaded.config.access;
}

const grant = (over: string) =>
  `{ who: group/legal, actions: [read-data], resource: { kind: data-source }, from: 2026-01-01T00:00:00Z, until: 2026-01-02T00:00:00Z, reason: audit, requestedBy: ann, approvedBy: bo${over} }`;

describe('access in the configuration', () => {
  it('is nothing by default', () => {
    expect(load('')).toMatchObject({ entitiesFile: undefined, maxGrantDays: 90, registry: {} });
  });

  it('holds what is registered of providers, and nothing that was not said', () => {
    const yaml =
      'providers: { a: { kind: demo, registry: { retentionDays: 0, approvedAt: 2026-01-01 } }, b: { kind: demo } }';
    expect(load(yaml)).toHaveProperty('registry', {
      a: { retentionDays: 0, approvedAt: '2026-01-01', guardrails: [] },
    });
  });

  it.each([
    ['an id that stands in any text', 'dataSources: { a: { ids: [vs_] } }', 'dataSources.a.ids[0]'],
    ['a reader of no kind', 'dataSources: { a: { readers: [legal] } }', 'dataSources.a.readers[0]'],
    ['a principal of no kind', 'principals: { legal: {} }', 'principals'],
    [
      'an approver who asked for it',
      `grants: { g: ${grant(', approvedBy: Ann').replace('approvedBy: bo, ', '')} }`,
      'grants.g.approvedBy',
    ],
    [
      'a time that ends before it begins',
      `grants: { g: ${grant('').replace('2026-01-02', '2025-01-02')} }`,
      'grants.g.until',
    ],
    ['a time beyond what may be', `grants: { g: ${grant('').replace('2026-01-02', '2027-01-02')} }`, 'grants.g.until'],
    ['an action of another kind', `grants: { g: ${grant('').replace('read-data', 'call-tool')} }`, 'grants.g.actions'],
  ])('refuses %s, here and in the file', (_name, text, path) => {
    const here = load(`access: { ${text} }`);
    expect(here).toHaveLength(1);
    expect(here).toHaveProperty('0', expect.stringContaining(`access.${path}`));
    const filed = load('access: { entities: ./entities.yaml }', text);
    expect(filed).toHaveLength(1);
    expect(filed).toHaveProperty('0', expect.stringContaining(`\`${path}`));
    expect(filed).toHaveProperty('0', expect.stringContaining('access.entities line 1:'));
  });

  it('takes the same with nothing wrong', () => {
    expect(load('access: { entities: ./entities.yaml }', `grants: { g: ${grant('')} }`)).toHaveProperty('entitiesFile');
  });

  it('refuses a file that is not there', () => {
    expect(load('access: { entities: ./none.yaml }')).toEqual([
      expect.stringContaining('access.entities cannot be read'),
    ]);
  });
});
