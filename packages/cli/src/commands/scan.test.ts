import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-scan-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

// A detector and policies of our own, so that the test says what must happen and no rule of the product decides it.
for (const set of ['access', 'guard']) mkdirSync(join(cwd, 'policies', set), { recursive: true });
writeFileSync(
  join(cwd, 'policies', 'guard', 'heron.cedar'),
  `@id("heron-block")
@effect("block")
forbid (principal, action == Action::"input", resource) when { context.risk.custom >= 900 };
@id("heron-flag")
@effect("flag")
forbid (principal, action == Action::"output", resource) when { context.risk.custom >= 900 };`,
);
writeFileSync(
  join(cwd, 'sallyport.yaml'),
  `policies: { starter: false, folder: policies }
limits: { maxBodyBytes: 1024 }
detectors: { custom: [{ id: projects, keywords: [project heron] }] }`,
);

async function scan(args: readonly string[], input = '') {
  const terminal = capturedTerminal({ cwd, input });
  const code = await main(['scan', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

describe('sallyport scan', () => {
  test('ends with the code of the effect and shows findings without their text', async () => {
    const found = await scan(['what about Project Heron now', '--json']);
    expect(found.code).toBe(13);
    const document = JSON.parse(found.printed);
    expect(document).toMatchObject({
      point: 'input',
      role: 'user',
      effect: 'block',
      texts: 1,
      skipped: 0,
      results: [
        {
          source: 'text',
          effect: 'block',
          policies: ['heron-block'],
          findings: [{ detector: 'projects', category: 'custom', score: 1, span: { start: 11, end: 24 }, via: [] }],
        },
      ],
    });
    expect(`${found.printed}${found.told}`.toLowerCase()).not.toContain('heron now');
    expect(JSON.stringify(document.results[0].findings)).not.toMatch(/heron/i);
  });

  test('nothing found is 0', async () => {
    expect(await scan(['nothing to see'])).toMatchObject({ code: 0, printed: '1 text: 1 allow\n' });
  });

  test('the checkpoint changes what the policies say', async () => {
    expect((await scan(['project heron', '--point', 'output'])).code).toBe(10);
  });

  test('standard input, files, folders and fields of JSON lines', async () => {
    mkdirSync(join(cwd, 'docs'), { recursive: true });
    writeFileSync(join(cwd, 'docs', 'a.txt'), 'plain');
    writeFileSync(join(cwd, 'docs', 'b.jsonl'), '{"text":"fine"}\n{"text":"project heron"}\n');
    expect((await scan(['-'], 'project heron')).code).toBe(13);
    expect((await scan(['docs/a.txt'])).code).toBe(0);
    expect((await scan(['docs'])).printed).toContain('docs/b.jsonl  block');
    const lines = await scan(['docs/b.jsonl', '--field', 'text']);
    expect(lines.printed).toContain('docs/b.jsonl:2  block  by heron-block');
    expect(lines.printed).toContain('2 texts: 1 allow, 1 block');
  });

  test('what was not inspected is never called allowed', async () => {
    writeFileSync(join(cwd, 'big.txt'), 'x'.repeat(2_000));
    const skipped = await scan(['big.txt', '--json']);
    expect(skipped.code).toBe(1);
    expect(JSON.parse(skipped.printed)).toMatchObject({
      texts: 0,
      skipped: 1,
      results: [{ source: 'big.txt', skipped: 'too-large' }],
    });
  });

  test('a mistyped file name is wrong usage, not a harmless text', async () => {
    const mistyped = await scan(['docs/none.txt', '--json']);
    expect([mistyped.code, JSON.parse(mistyped.printed).ok]).toEqual([2, false]);
    expect((await scan(['--text', 'docs/none.txt'])).code).toBe(0);
    expect((await scan([])).code).toBe(2);
  });

  test('policies that are not valid end with 1', async () => {
    writeFileSync(join(cwd, 'broken.yaml'), 'policies: { starter: false, folder: nowhere }');
    expect((await scan(['x', '--config', 'broken.yaml'])).code).toBe(1);
  });
});
