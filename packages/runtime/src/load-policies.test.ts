import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPolicies } from './load-policies.ts';
import { reviewPolicies } from './review-policies.ts';

const home = mkdtempSync(join(tmpdir(), 'sallyport-policies-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let folders = 0;

function folderWith(guard: Readonly<Record<string, string>>): string {
  const folder = join(home, String(folders++));
  for (const set of ['access', 'guard']) mkdirSync(join(folder, set), { recursive: true });
  for (const [name, text] of Object.entries(guard)) writeFileSync(join(folder, 'guard', name), text);
  return folder;
}

const ASK = '@id("mine")\n@effect("ask")\nforbid (principal, action, resource) when { context.risk.custom >= 1 };';

describe('loadPolicies()', () => {
  test('puts the starter policies and a folder into one set', () => {
    const starter = loadPolicies({ starter: true, folder: undefined }, []);
    const both = loadPolicies({ starter: true, folder: folderWith({ 'mine.cedar': ASK }) }, []);
    const alone = loadPolicies({ starter: false, folder: folderWith({ 'mine.cedar': ASK }) }, []);
    const ids = [starter, both, alone].map((result) => (result.ok ? result.engine.policies.map(({ id }) => id) : []));
    expect(ids[1]).toHaveLength((ids[0]?.length ?? 0) + 1);
    expect(ids[1]).toContain('mine');
    expect(ids[2]).toEqual(['mine']);
  });

  test('a file with the name of a starter file is a problem, not a silent replacement', () => {
    const result = loadPolicies({ starter: true, folder: folderWith({ 'secrets.cedar': ASK }) }, []);
    expect(result.ok ? [] : result.problems.map(({ file, code }) => [file, code])).toEqual([
      ['guard/secrets.cedar', 'file-name'],
    ]);
  });

  test('a folder that is not one is a problem', () => {
    const result = loadPolicies({ starter: true, folder: join(home, 'none') }, []);
    expect(result.ok ? [] : result.problems.map(({ code }) => code)).toEqual(['folder', 'folder']);
  });
});

describe('reviewPolicies()', () => {
  test('lists what meets no policy', () => {
    const review = reviewPolicies({ starter: false, folder: folderWith({ 'mine.cedar': ASK }) }, []);
    const unprotected = review.ok ? review.probes.unprotected.map(({ category }) => category) : [];
    expect(unprotected).toContain('injection');
    expect(unprotected).not.toContain('custom');
  });

  test('passes problems on', () => {
    const review = reviewPolicies({ starter: false, folder: folderWith({ 'bad.cedar': 'forbid (' }) }, []);
    expect(review.ok).toBe(false);
  });
});
