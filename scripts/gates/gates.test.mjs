import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../workspace.mjs';
import { architecture } from './architecture.mjs';
import { dependencies } from './dependencies.mjs';
import { docs } from './docs.mjs';
import { ask } from './gate.mjs';
import { names } from './names.mjs';
import { copyTree, plant } from './tree.mjs';
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

  it.each(gate.planted)('notices $name', async ({ files, expect: said }) => {
    const unplant = plant(copy.root, files);
    const verdict = await ask(gate, copy.root);
    unplant();
    expect(verdict).toMatchObject({ ok: false, report: expect.stringMatching(said) });
  });
});

describe('ask()', () => {
  it('fails a gate that examined nothing', async () => {
    const idle = { name: 'idle', about: '', planted: [], check: async () => ({ ok: true, examined: 0, report: '' }) };
    expect(await ask(idle, ROOT)).toMatchObject({ ok: false, report: expect.stringContaining('examined nothing') });
  });
});
