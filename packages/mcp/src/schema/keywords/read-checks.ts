import type { Check } from '../check-run.ts';
import type { KeywordReader, SchemaSite } from '../schema-site.ts';
import { readArrays } from './arrays.ts';
import { readCombinations } from './combinations.ts';
import { readNumbers } from './numbers.ts';
import { readObjects } from './objects.ts';
import { readReferences } from './references.ts';
import { readStrings } from './strings.ts';
import { readUnevaluated } from './unevaluated.ts';
import { readValues } from './values.ts';

const READERS: readonly KeywordReader[] = [
  readValues,
  readNumbers,
  readStrings,
  readArrays,
  readObjects,
  readReferences,
  readCombinations,
  readUnevaluated,
];

/** One for all: most schemas that there are say little. */
const NONE: readonly Check[] = [];

/** All that a schema says of a value, what is cheap first. Schemas that are only there to be referred to are read too. */
export function readChecks(site: SchemaSite): readonly Check[] {
  if (site.document.dialect.refAlone && site.given('$ref') !== undefined) return readReferences(site);
  for (const keyword of ['$defs', 'definitions']) {
    for (const [, schema] of site.members(keyword) ?? []) site.read(schema, '$ref', `${keyword}/*`);
  }
  const checks = READERS.flatMap((read) => read(site));
  return checks.length === 0 ? NONE : checks;
}
