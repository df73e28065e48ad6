import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { LearnedModels } from '@sallyport/detectors';
import type { LabelledRow } from './data/labelled-row.ts';
import { type DataFile, readPart } from './data/read-rows.ts';
import { falsePositives, type ScoredRow, scoreRows, separation } from './evaluation/score-rows.ts';
import type { Channel } from './generators/generated-row.ts';
import settings from './injection.json' with { type: 'json' };
import { generatedRows, type HoldOut, isHeld, rowsOfFiles } from './injection-rows.ts';
import { modelCard } from './model-card.ts';
import { openTrained, trainInjection } from './train-injection.ts';

/** `npm run train -- --data <folder> [--channel direct|data] [--hold-out source=<name>|family=<name>|style] [--out <folder>]` */
const USAGE =
  'usage: npm run train -- --data <folder> [--channel direct|data] [--hold-out source=NAME|family=NAME|style|each-source] [--measure]';
const CHANNELS: readonly Channel[] = ['direct', 'data'];
/** Rows of a source below which its held-out figures would say nothing. */
const SOURCE_ROWS_MIN = 50;

interface ChannelRows {
  readonly train: readonly LabelledRow[];
  readonly apart: readonly LabelledRow[];
  readonly dev: readonly LabelledRow[];
  readonly generated: readonly LabelledRow[];
}

function rowsFor(channel: Channel, train: readonly DataFile[], dev: readonly DataFile[]): ChannelRows {
  const rows = rowsOfFiles(train, channel);
  const { seed, generatedPairs: pairs } = settings;
  return {
    train: [...rows.filter(({ apart }) => !apart), ...generatedRows(channel, { seed, pairs, part: 'train' })],
    apart: rows.filter(({ apart }) => apart),
    dev: rowsOfFiles(dev, channel),
    generated: generatedRows(channel, { seed, pairs: Math.ceil(pairs / 3), part: 'measure' }),
  };
}

/** Rows of sources of which training has seen nothing. */
function unseen(rows: ChannelRows): readonly LabelledRow[] {
  const seen = new Set(rows.train.map(({ source }) => source));
  return rows.dev.filter(({ source }) => !seen.has(source));
}

function measured(channel: Channel, rows: ChannelRows, models: LearnedModels): Record<string, unknown> {
  const score = (some: readonly LabelledRow[]) => scoreRows(some, channel, models);
  const dev = score(unseen(rows));
  const apart = score([...rows.apart, ...rows.dev.filter(({ attack }) => !attack)]);
  const generated = score(rows.generated);
  const benign = channel === 'direct' ? dev.filter(({ row }) => !row.attack) : apart;
  const attacks = dev.filter(({ row }) => row.attack);
  const sources = [...new Set(attacks.map(({ row }) => row.source))].sort();
  const split = (scored: readonly ScoredRow[]) =>
    [scored.filter(({ row }) => row.attack), scored.filter(({ row }) => !row.attack)] as const;
  return {
    unseenSources: separation(attacks, benign),
    bySource: Object.fromEntries(
      sources.map((source) => [
        source,
        separation(
          attacks.filter(({ row }) => row.source === source),
          benign,
        ),
      ]),
    ),
    generatedFormsNeverSeen: separation(...split(generated)),
    falsePositives: falsePositives(apart),
  };
}

function heldOut(channel: Channel, rows: ChannelRows, hold: HoldOut): Record<string, unknown> {
  const trained = trainInjection(channel, {
    train: rows.train.filter((row) => !isHeld(row, hold)),
    calibration: [...rows.apart, ...rows.dev],
  });
  const models = { [channel]: trained.model };
  const attacks = scoreRows(
    rows.train.filter((row) => row.attack && isHeld(row, hold)),
    channel,
    models,
  );
  const own = rows.train.filter((row) => !row.attack && isHeld(row, hold) && row.generated);
  const benign = scoreRows(
    own.length > 0 ? own : [...rows.apart, ...unseen(rows)].filter(({ attack }) => !attack),
    channel,
    models,
  );
  return { held: hold, attacks: attacks.length, ...separation(attacks, benign) };
}

function holdsOf(asked: string, rows: ChannelRows): readonly HoldOut[] {
  if (asked === 'style') return [{ by: 'style' }];
  const [by, name = ''] = asked.split('=');
  if (by === 'source' || by === 'family') return [{ by, name }];
  const groups = [
    ...new Set(rows.train.filter(({ attack, generated }) => attack && !generated).map(({ group }) => group)),
  ];
  const size = (name: string) => rows.train.filter((row) => row.attack && row.group === name).length;
  return groups
    .filter((group) => size(group) >= SOURCE_ROWS_MIN)
    .sort()
    .map((name) => ({ by: 'source', name }));
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    channel: { type: 'string' },
    'hold-out': { type: 'string' },
    out: { type: 'string' },
    measure: { type: 'boolean', default: false },
  },
});
if (values.data === undefined || values.out === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const train = readPart(values.data, 'train');
const dev = readPart(values.data, 'dev');
for (const channel of CHANNELS) {
  if (values.channel !== undefined && values.channel !== channel) continue;
  const rows = rowsFor(channel, train, dev);
  if (values['hold-out'] !== undefined) {
    for (const hold of holdsOf(values['hold-out'], rows)) print({ channel, ...heldOut(channel, rows, hold) });
    continue;
  }
  const trained = values.measure
    ? openTrained(readFileSync(path.join(values.out, `injection-${channel}.bin`)))
    : trainInjection(channel, { train: rows.train, calibration: [...rows.apart, ...rows.dev] });
  mkdirSync(values.out, { recursive: true });
  const figures = measured(channel, rows, { [channel]: trained.model });
  const card = modelCard({ channel, trained, rows: rows.train, files: [...train, ...dev], figures });
  writeFileSync(path.join(values.out, `injection-${channel}.bin`), trained.bytes);
  writeFileSync(path.join(values.out, `injection-${channel}.json`), `${JSON.stringify(card, undefined, 2)}\n`);
  print({ channel, ...figures });
}
