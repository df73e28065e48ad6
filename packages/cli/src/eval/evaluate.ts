import { basename } from 'node:path';
import {
  type Category,
  type Effect,
  type Finding,
  type InspectorQuestion,
  ruleGuard,
  uncheckedOf,
} from '@sallyport/core';
import type { Inspection } from '@sallyport/runtime';
import { type Line, linesOf, openText } from '../lines.ts';
import heads from './heads.json' with { type: 'json' };
import { type Head, type LabelledRow, parseRow } from './labelled-row.ts';
import piiTypes from './pii-types.json' with { type: 'json' };
import { type SourceMetrics, SourceTally } from './source-tally.ts';

export const CHANNELS = ['direct', 'data'] as const;
/** `direct`: the user's own words. `data`: what a tool brought. */
export type Channel = (typeof CHANNELS)[number];

export interface EvaluationInput {
  readonly files: readonly string[];
  readonly channel: Channel;
  readonly head: Head;
  readonly inspection: Inspection;
  /** Hears of bytes read, as they lie on disk. */
  readonly onBytes: (bytes: number) => void;
  /** Hears of every row that counts. */
  readonly onScore: (score: RowScore) => Promise<void>;
}

export interface RowScore {
  readonly id: string;
  readonly score: number;
  readonly effect: Effect;
}

export interface Evaluation {
  readonly head: Head;
  readonly channel: Channel;
  /** False when no detector looks for what this head is about: then every metric is null. */
  readonly supported: boolean;
  /** Lines that are not labelled rows, or too long. */
  readonly unreadable: number;
  readonly sources: readonly SourceMetrics[];
  /** All sources as one. */
  readonly total: SourceMetrics;
}

/** Rows inspected twice before the clock counts: the first run of any code is compilation. */
const WARM_UP_ROWS = 64;

/** Runs labelled files through the detectors and the guard policies, as the gateway would. Memory: one number a row. */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  const tallies = new Map<string, SourceTally>();
  const total = new SourceTally('all');
  const supported = heads[input.head].categories.length > 0;
  let unreadable = 0;
  let warm = 0;
  for (const file of input.files) {
    for await (const line of linesOf(openText(file, input.onBytes))) {
      const row = rowOf(line, file, input.head);
      if (row === undefined) {
        unreadable += 1;
        continue;
      }
      const tally = tallyOf(tallies, row.source);
      if (row.positive === undefined) {
        for (const one of [tally, total]) one.exclude();
        continue;
      }
      if (supported && warm < WARM_UP_ROWS) {
        warm += 1;
        judge(row, input);
      }
      const { score, effect, ...cost } = judge(row, input);
      for (const one of [tally, total]) {
        one.add({ positive: row.positive, kind: row.kind, score, effect, ...cost });
        if (input.head === 'pii') addSpans(one, row, cost.findings);
      }
      await input.onScore({ id: row.id, score, effect });
    }
  }
  const sources = [...tallies.values()].map((tally) => tally.metrics(supported));
  const { head, channel } = input;
  return { head, channel, supported, unreadable, sources, total: total.metrics(supported) };
}

function rowOf({ text, number, tooLong }: Line, file: string, head: Head): LabelledRow | undefined {
  if (tooLong) return undefined;
  const name = basename(file).replace(/\.jsonl(?:\.gz)?$/, '');
  return parseRow(text, { file: name, line: number, head, supports: (type) => findingTypes.has(type) });
}

function tallyOf(tallies: Map<string, SourceTally>, source: string): SourceTally {
  let tally = tallies.get(source);
  if (tally === undefined) {
    tally = new SourceTally(source);
    tallies.set(source, tally);
  }
  return tally;
}

interface Verdict extends Omit<RowScore, 'id'> {
  readonly findings: readonly Finding[];
  readonly bytes: number;
  readonly cpuUs: number;
  readonly unchecked: boolean;
}

/** The row's score is the highest of the head's categories, before any threshold; its effect is what the policies say to those findings alone. */
function judge(row: LabelledRow, { channel, head, inspection }: EvaluationInput): Verdict {
  const question = questionFor(row, channel);
  const before = process.cpuUsage();
  const { findings: all, lines } = inspection.inspector.inspect(row.text, {
    ...question,
    request: inspection.emptyRequest,
  });
  const used = process.cpuUsage(before);
  const categories: readonly string[] = heads[head].categories;
  const findings = all.filter(({ category }: { category: Category }) => categories.includes(category));
  const { effect } = ruleGuard(inspection.judge, {
    point: question.point,
    findings: findings.map((finding) => ({ ...finding, where: 'row' })),
    lines,
  });
  return {
    score: findings.reduce((highest, finding) => Math.max(highest, finding.score), 0),
    effect,
    findings,
    bytes: Buffer.byteLength(row.text),
    cpuUs: used.user + used.system,
    unchecked: uncheckedOf(lines).length > 0,
  };
}

/** A system prompt is benign in its own role alone, whoever the other rows are from. */
function questionFor({ kind }: LabelledRow, channel: Channel): InspectorQuestion {
  if (channel === 'data') return { point: 'tool-result', origin: { role: 'tool', field: 'content' } };
  return { point: 'input', origin: { role: kind === 'system_prompt' ? 'system' : 'user', field: 'content' } };
}

/** From a data set's word for a type to ours. */
const findingTypes = new Map(
  Object.entries(piiTypes).flatMap(([ours, theirs]) => theirs.map((type) => [type, ours] as const)),
);

function addSpans(tally: SourceTally, row: LabelledRow, findings: readonly Finding[]): void {
  const labelled = row.spans.flatMap(({ start, end, type }) => {
    const ours = findingTypes.get(type);
    return ours === undefined ? [] : [{ start, end, type: ours }];
  });
  tally.spans.add(
    labelled,
    findings.map(({ span, type }) => ({ ...span, type })),
  );
}
