import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const TOKEN = 'admin-token-of-the-test';
const env = {
  SALLYPORT_KEYS: 'librarian:secret-of-the-librarian,idler:secret-of-the-idler',
  SALLYPORT_ADMIN_TOKEN: TOKEN,
};
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-access-'));
const YAML = `
audit: relaxed
policies: { folder: policies }
access:
  entities: ./entities.yaml
  maxGrantDays: 2
routes:
  - { name: main, provider: demo, models: [demo, other] }
providers:
  demo: { kind: demo }
`;
const ENTITIES = `
dataSources:
  contracts: { ids: [vs_contracts], readers: [service/idler] }
tools:
  shred_file: { groups: [destroys] }
`;
let gateway: RunningGateway;

beforeAll(async () => {
  for (const set of ['access', 'guard']) mkdirSync(join(cwd, 'policies', set), { recursive: true });
  writeFileSync(join(cwd, 'sallyport.yaml'), YAML);
  writeFileSync(join(cwd, 'entities.yaml'), ENTITIES);
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(cwd, { recursive: true, force: true });
});

async function run(...args: readonly string[]) {
  const terminal = capturedTerminal({ cwd, env });
  const code = await main(args, terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}
const ask = (...args: readonly string[]) => run('access', ...args, '--admin-port', new URL(gateway.adminUrl).port);
const GRANT = ['--action', 'read-data', '--kind', 'data-source', '--name', 'contracts', '--reason', 'audit'] as const;

async function search(store = 'vs_contracts'): Promise<number> {
  const answer = await fetch(`${gateway.dataUrl}/v1/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret-of-the-librarian', 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'demo',
      input: 'What do the contracts say?',
      tools: [{ type: 'file_search', vector_store_ids: [store] }],
    }),
  });
  await answer.text();
  return answer.status;
}

describe('sallyport access', () => {
  it('grants, lists and takes back, with effect at once', async () => {
    expect(await search()).toBe(403);
    const made = await ask('grant', 'service/librarian', ...GRANT, '--hours', '1', '--requested-by', 'ann');
    expect(made).toMatchObject({ code: 0, told: expect.stringContaining('granted to service/librarian until ') });
    expect(await search()).toBe(200);
    const id = made.printed.trim();
    expect((await ask('grants')).printed).toMatch(new RegExp(`${id} .*in force .*ann .*admin .*audit`));
    expect(await ask('revoke', id, '--reason', 'done')).toMatchObject({ code: 0 });
    expect(await search()).toBe(403);
    expect((await ask('grants')).printed).toContain('revoked');
    expect((await run('audit', 'export', '--kind', 'grant')).printed.trim().split('\n')).toHaveLength(2);
  });

  it('says why it gives no grant', async () => {
    const grant = (hours: string, by: string) =>
      ask('grant', 'service/librarian', ...GRANT, '--hours', hours, '--requested-by', by);
    expect(await grant('1', 'Admin')).toMatchObject({ code: 1, told: expect.stringContaining('does not permit') });
    expect(await grant('49', 'ann')).toMatchObject({ code: 1, told: expect.stringContaining('shape') });
    expect(await grant('-1', 'ann')).toMatchObject({ code: 2 });
    expect(await ask('revoke', 'grn_x')).toMatchObject({ code: 2 });
    expect(await ask('revoke', `grn_${'a'.repeat(20)}`)).toMatchObject({ code: 1 });
  });
});

describe('sallyport access review', () => {
  interface Report {
    readonly principals: readonly {
      readonly principal: { readonly id: string };
      readonly used: Readonly<Record<string, Readonly<Record<string, { readonly count: number }>>>>;
      readonly unused: Readonly<Record<string, readonly string[]>>;
    }[];
    readonly grants: readonly object[];
  }

  it('shows what was used, what was not, and grants that let nothing through', async () => {
    await ask('grant', 'service/idler', ...GRANT, '--hours', '1', '--requested-by', 'ann');
    const { printed, code } = await run('access', 'review', '--json');
    expect(code).toBe(0);
    const { principals, grants } = JSON.parse(printed) as Report;
    const of = (id: string) => principals.find(({ principal }) => principal.id === id);
    expect(of('librarian')).toMatchObject({
      used: { models: { demo: { count: expect.any(Number) } }, dataSources: { contracts: { count: 1 } } },
      unused: { models: ['other'], tools: ['shred_file'], dataSources: [] },
    });
    expect(of('idler')).toMatchObject({
      used: { models: {} },
      unused: { models: ['demo', 'other'], tools: ['shred_file'], dataSources: ['contracts'] },
    });
    expect(grants).toHaveLength(1);
    expect(grants[0]).not.toHaveProperty('used');
    expect(printed).not.toContain('What do the contracts say');
    const table = (await run('access', 'review', '--days', '1')).printed;
    expect(table).toContain('let nothing through');
    expect(table).toContain('+++ b/access/review.cedar');
  });

  it('counts nothing of before its days', async () => {
    const { principals } = JSON.parse((await run('access', 'review', '--json', '--days', '3650')).printed) as Report;
    expect(principals.length).toBeGreaterThan(1);
    expect(await run('access', 'review', '--days', '0')).toMatchObject({ code: 2 });
  });

  it('writes policies that load, take away what was not used, and leave what was', async () => {
    const file = 'policies/access/review.cedar';
    expect(await run('access', 'review', '--write', file)).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, file), 'utf8')).toContain('unless { resource.name == "demo" }');
    expect(await run('policy', 'check')).toMatchObject({ code: 0 });
    writeFileSync(
      join(cwd, 'cases.yaml'),
      `cases:
  - { name: used, action: use-model, principal: { id: librarian }, resource: { kind: model, id: demo }, expect: { effect: allow } }
  - { name: not used, action: use-model, principal: { id: librarian }, resource: { kind: model, id: other }, expect: { effect: block } }
  - { name: of nobody, action: use-model, principal: { id: idler }, resource: { kind: model, id: demo }, expect: { effect: block } }
  - { name: of another tenant, action: use-model, principal: { id: idler, tenant: acme }, resource: { kind: model, id: demo }, expect: { effect: allow } }
`,
    );
    expect(await run('policy', 'test', '--cases', 'cases.yaml')).toMatchObject({ code: 0 });
    // What is in force now leaves nothing to take away, and another review the file as it is.
    const { principals } = JSON.parse((await run('access', 'review', '--json')).printed) as Report;
    expect(principals.flatMap(({ unused }) => Object.values(unused).flat())).toEqual([]);
    const before = readFileSync(join(cwd, file), 'utf8');
    const again = await run('access', 'review', '--write', file);
    expect(again.printed).toContain('nothing to take away');
    expect(readFileSync(join(cwd, file), 'utf8')).toBe(before);
  });
});
