import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from './index.ts';
import { TOOLS_FILE_MAX_BYTES, TOOLS_FILE_MAX_TOOLS } from './tool-schemas.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A configuration with a server for each file of tools. */
function load(files: Readonly<Record<string, string>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-tools-'));
  folders.push(cwd);
  const servers = Object.fromEntries(
    Object.keys(files).map((name) => [name, { command: 'mcp', tools: `${name}.json` }]),
  );
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, `${name}.json`), text);
  const path = join(cwd, 'sallyport.yaml');
  writeFileSync(path, JSON.stringify({ mcp: { servers: { plain: { command: 'mcp' }, ...servers } } }));
  return loadConfig({ path, env: {}, cwd });
}

function schemasOf(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  const loaded = load(files);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config.policies.toolSchemas;
}

function problemOf(text: string): string {
  const loaded = load({ bank: text });
  if (!('problems' in loaded)) return 'none';
  return loaded.problems.map(({ path, message }) => `${path}: ${message.replace(/`[^`]*bank\.json`/, 'F')}`).join();
}

const at = 'mcp.servers.bank.tools: file F';
const tool = (name: unknown, more: object = {}) => ({ name, inputSchema: { type: 'object' }, ...more });
const fileOf = (...tools: readonly unknown[]) => JSON.stringify({ tools, nextCursor: 'x' });

describe('mcp.servers.<name>.tools', () => {
  test('gives the schemas by the actions that policies name, as they stand there', () => {
    const bank = fileOf(tool('send_money', { description: 'x', annotations: {} }), { name: 'balance' });
    const odd = '{"tools":[{"name":"__proto__","inputSchema":{"__proto__":{"type":"string"}}}]}';
    expect(schemasOf({ bank, 'my.files': odd })).toEqual({
      'mcp/bank/send_money': '{"type":"object"}',
      'mcp/bank/balance': '',
      'mcp/my.files/__proto__': '{"__proto__":{"type":"string"}}',
    });
    expect(schemasOf({})).toEqual({});
  });

  test('keeps a schema that nests deeper than can be written from being one, and the others', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = `{"tools":[{"name":"deep","inputSchema":${deep}},{"name":"flat","inputSchema":{}}]}`;
    expect(schemasOf({ bank: text })).toEqual({ 'mcp/bank/deep': '', 'mcp/bank/flat': '{}' });
  });

  test.each([
    ['{', `${at} cannot be read, or is no JSON of at most 16777216 bytes`],
    ['[]', `${at} has no list \`tools\``],
    ['null', `${at} has no list \`tools\``],
    ['{"tools":{}}', `${at} has no list \`tools\``],
    [fileOf('x'), `${at} has no name of 1 to 256 characters at \`tools[0]\``],
    [fileOf(tool('a'), tool('')), `${at} has no name of 1 to 256 characters at \`tools[1]\``],
    [fileOf(tool(7)), `${at} has no name of 1 to 256 characters at \`tools[0]\``],
    [fileOf(tool('a'), tool('b'), tool('a')), `${at} has at \`tools[2]\` the name of another tool`],
  ])('reports a file that is none: %s', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  test('reports a file that is not there', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'sallyport-tools-'));
    folders.push(cwd);
    const path = join(cwd, 'sallyport.yaml');
    writeFileSync(path, JSON.stringify({ mcp: { servers: { bank: { command: 'mcp', tools: 'none.json' } } } }));
    const loaded = loadConfig({ path, env: {}, cwd });
    expect('problems' in loaded && loaded.problems[0]?.message).toMatch(/none\.json` cannot be read/);
  });

  test('has bounds on names, tools and bytes', () => {
    const names = (count: number) => fileOf(...Array.from({ length: count }, (_, n) => tool(`t${n}`)));
    expect(problemOf(names(TOOLS_FILE_MAX_TOOLS))).toBe('none');
    expect(problemOf(names(TOOLS_FILE_MAX_TOOLS + 1))).toBe(`${at} has more than ${TOOLS_FILE_MAX_TOOLS} tools`);
    expect(problemOf(fileOf(tool('n'.repeat(256))))).toBe('none');
    expect(problemOf(fileOf(tool('n'.repeat(257))))).toMatch(/has no name/);
    expect(problemOf(fileOf().padEnd(TOOLS_FILE_MAX_BYTES))).toBe('none');
    expect(problemOf(fileOf().padEnd(TOOLS_FILE_MAX_BYTES + 1))).toMatch(/cannot be read/);
  });
});
