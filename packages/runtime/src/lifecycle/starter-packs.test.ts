import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCatalogue } from '@sallyport/detectors';
import { probe, STARTER_PACKS, starterFolder } from '@sallyport/policy';
import { describe, expect, test } from 'vitest';
import { loadPolicies } from '../load-policies.ts';
import { readPolicyCases } from './policy-cases.ts';
import { runPolicyCases } from './run-policy-cases.ts';

const TYPES = createCatalogue().flatMap(({ types }) => types);

describe.each(STARTER_PACKS)('the starter pack `%s`', (pack) => {
  const loaded = loadPolicies({ starter: true, pack, folder: undefined }, TYPES);
  const engine = () => {
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded.engine;
  };
  const folder = join(starterFolder(pack), 'tests');
  const cases = readdirSync(folder).flatMap((name) => {
    const read = readPolicyCases(readFileSync(join(folder, name), 'utf8'), name);
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    return read.cases;
  });

  test('loads without a warning, is compiled whole and leaves no probe without consequence', () => {
    expect(loaded.ok ? loaded.warnings : loaded.problems).toEqual([]);
    expect(engine().coverage().cedar).toEqual([]);
    const { unprotected, monitoredOnly } = probe(engine());
    expect([...unprotected, ...monitoredOnly]).toEqual([]);
  });

  test('comes with cases, which are as they say', () => {
    const missed = runPolicyCases(engine(), cases).filter(({ misses }) => misses.length > 0);
    expect(missed.map(({ case: { name }, misses }) => ({ name, misses }))).toEqual([]);
    expect(cases.length).toBeGreaterThan(20);
  });

  test('has something to say to everybody whom it refuses', () => {
    const refusing = engine().policies.filter(({ effect }) => effect === 'block' || effect === 'ask');
    expect(refusing.filter(({ message }) => message === undefined)).toEqual([]);
  });
});
