import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ContentModel } from '@sallyport/detectors';
import { readPart } from '../data/read-rows.ts';
import { flagged, type MeasuredRow, measureFunctional, measureModeration } from './measure-content.ts';
import sources from './sources.json' with { type: 'json' };
import { calibrated, SETTINGS, trainContent } from './train-content.ts';

/** `npm run train-content -- --data <folder>`: writes the model and its card, and prints what it was measured to do. */
const USAGE = 'usage: npm run train-content -- --data <folder>';
/** Where the starter policies flag, and where the strict ones block. */
const SCORES = [0.5, 0.9];

interface DevRow {
  readonly id: string;
  readonly text: string;
  readonly label: string;
  readonly kind: string;
  readonly source: string;
  readonly meta?: { readonly cats?: readonly string[]; readonly func?: string };
}

function measuredRow({ text, label, meta }: DevRow): MeasuredRow {
  const labels = meta?.cats ?? (meta?.func === undefined ? [] : [meta.func]);
  return { text, attack: label === 'attack', labels };
}

/** Counts of flagged texts in two halves, each at thresholds that the other half set. */
function crossed(file: Parameters<typeof calibrated>[0], texts: readonly string[]): number {
  const halves = [texts.filter((_, at) => at % 2 === 0), texts.filter((_, at) => at % 2 === 1)] as const;
  return [halves, [halves[1], halves[0]] as const].reduce(
    (sum, [set, measured]) => sum + flagged(new ContentModel(calibrated(file, set)), measured, SCORES[0] ?? 1),
    0,
  );
}

const { values } = parseArgs({
  options: { data: { type: 'string' }, model: { type: 'string' }, card: { type: 'string' } },
});
const { data, model: place, card: cardPlace } = values;
if (data === undefined || place === undefined || cardPlace === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const files = sources.parts
  .flatMap((part) => readPart(data, part))
  .filter(({ name }) => !sources.without.includes(name));
const devFiles = readPart(data, 'dev');
const dev = devFiles.flatMap(({ rows }) => rows) as readonly DevRow[];
const ordinary = dev
  .filter(
    ({ label, kind, source }) =>
      label === 'benign' && sources.ordinary.includes(kind) && !sources.apart.includes(source),
  )
  .map(({ text }) => text);

const trained = trainContent(files.flatMap(({ rows }) => rows));
const file = calibrated(trained, ordinary);
const model = new ContentModel(file);
const of = (source: string) => dev.filter((row) => row.source === source).map(measuredRow);
const figures = {
  moderation: measureModeration(model, of('openai_moderation')),
  hatecheck: measureFunctional(model, of('hatecheck')),
  ordinary: {
    texts: ordinary.length,
    flagged: flagged(model, ordinary, SCORES[0] ?? 1),
    nearlyCertain: flagged(model, ordinary, SCORES[1] ?? 1),
    flaggedAtThresholdsOfTheOtherHalf: crossed(trained, ordinary),
  },
};
const card = {
  name: 'content',
  node: process.versions.node.split('.')[0],
  settings: SETTINGS,
  inputs: Object.fromEntries([...files, ...devFiles].map(({ name, sha256 }) => [name, sha256])),
  figures,
};
writeFileSync(place, `${JSON.stringify(file)}\n`);
writeFileSync(cardPlace, `${JSON.stringify(card, undefined, 2)}\n`);
process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
