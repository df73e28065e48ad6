import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../workspace.mjs';
import { architecture } from './architecture.mjs';
import { dependencies } from './dependencies.mjs';
import { docs } from './docs.mjs';
import { ask, unnoticed } from './gate.mjs';
import { names } from './names.mjs';
import { copyTree } from './tree.mjs';
import { words } from './words.mjs';

// The gates that answer in no time; `npm run ok` asks all of them.
const QUICK = [architecture, dependencies, docs, words, names];

describe.each(QUICK)('the gate $name', (gate) => {
  /** @type {ReturnType<typeof copyTree>} */
  let copy;
  beforeAll(() => {
    copy = copyTree(ROOT);
  });
  afterAll(() => copy.remove());

  it(`holds: ${gate.about}`, async () => {
    expect((await ask(gate, ROOT)).report).toBe('');
  });

  it('notices what is planted', async () => {
    expect(await unnoticed(gate, copy.root)).toEqual([]);
  });
});

describe('ask()', () => {
  it('fails a gate that examined nothing', async () => {
    const idle = { name: 'idle', about: '', planted: [], check: async () => ({ ok: true, examined: 0, report: '' }) };
    expect(await ask(idle, ROOT)).toMatchObject({ ok: false, report: expect.stringContaining('examined nothing') });
  });
});

describe('unnoticed()', () => {
  /** @type {string} */
  let folder;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-planted-'));
    writeFileSync(path.join(folder, 'edited.md'), 'as it was');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Says which of the files it knows are there. */
  const gate = {
    name: 'sees',
    about: '',
    /** @param {string} root */
    check: async (root) => {
      const report = ['a.md', 'b.md', 'edited'].filter((name) => has(root, name)).join('\n');
      return { ok: report === '', examined: 1, report };
    },
    planted: [
      { name: 'a', files: { 'a.md': 'one' }, expect: /^a\.md$/m },
      { name: 'b', files: { 'b.md': 'one' }, expect: /^b\.md$/m },
      { name: 'another b', files: { 'b.md': 'two' }, expect: /^a\.md$/m },
      { name: 'edited', files: { 'edited.md': () => 'edited' }, expect: /^edited$/ },
      { name: 'not known', files: { 'c.md': 'one' }, expect: /^c\.md$/m },
    ],
  };

  /**
   * @param {string} root
   * @param {string} name
   */
  const has = (root, name) =>
    existsSync(path.join(root, name)) || readFileSync(path.join(root, 'edited.md'), 'utf8') === name;

  it('names what the gate let pass or failed on for another reason, and leaves the tree as it was', async () => {
    expect(await unnoticed(gate, folder)).toEqual(['not known', 'another b']);
    expect(await gate.check(folder)).toMatchObject({ ok: true });
  });
});
