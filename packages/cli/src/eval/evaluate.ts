import { basename } from 'node:path';
import type { Channel, Effect, Finding } from '@sallyport/core';
import type { Inspection } from '@sallyport/runtime';
import { linesOf, openText } from '../lines.ts';
import heads from './heads.json' with { type: 'json' };
import { judgeRows, type RowVerdict, warmUp } from './judge-rows.ts';
import { type Head, type LabelledRow, parseRow } from './labelled-row.ts';
import piiTypes from './pii-types.json' with { type: 'json' };
import { type SourceMetrics, SourceTally } from './source-tally.ts';

export interface EvaluationInput {
  readonly files: readonly string[];
  readonly channel: Channel;
  readonly head: Head;
  readonly inspection: Inspection;
  /** Names of fields, from the outermost in, whose value parts the rows into groups. */
  readonly by?: readonly string[] | undefined;
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
  /** Hash of detectors, versions and configuration. */
  readonly detectors: string;
  /** Hash of the policies that were asked. */
  readonly policySet: string;
  /** Lines that are not labelled rows, or too long. */
  readonly unreadable: number;
  readonly sources: readonly SourceMetrics[];
  /** All sources as one. */
  readonly total: SourceMetrics;
  /** Rows of all sources by the value of the field asked for, in order of name; `source` is that value. */
  readonly groups?: readonly SourceMetrics[];
}

/** What is judged at a time: enough that the process's CPU clock, which is coarse, says something. */
const BATCH_ROWS = 128;
const BATCH_CHARS = 1_048_576;

/** The first rows are run so often before the clock counts: fewer passes leave small sets with twice the cost. */
const WARM_UP_PASSES = 8;
const WARM_UP_ROWS = 1_024;

/** Runs labelled files through the detectors and the guard policies, as the gateway would. Memory: a batch, and one number a row. */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  const { head, channel, by } = input;
  const run = new EvaluationRun(input);
  for (const file of input.files) {
    const name = basename(file).replace(/\.jsonl(?:\.gz)?$/, '');
    for await (const { text, number, tooLong } of linesOf(openText(file, input.onBytes))) {
      const place = {
        file: name,
        line: number,
        head,
        supports: (type: string) => findingTypes.has(type),
        ...(by && { by }),
      };
      await run.take(tooLong ? undefined : parseRow(text, place));
    }
  }
  return { head, channel, ...(await run.end()) };
}

type CountingRow = LabelledRow & { readonly positive: boolean };

class EvaluationRun {
  readonly #input: EvaluationInput;
  readonly #tallies = new Map<string, SourceTally>();
  readonly #total = new SourceTally('all');
  readonly #groups = new Map<string, SourceTally>();
  #batch: CountingRow[] = [];
  #batchChars = 0;
  #warmedRows = 0;
  #unreadable = 0;

  constructor(input: EvaluationInput) {
    this.#input = input;
  }

  async take(row: LabelledRow | undefined): Promise<void> {
    if (row === undefined) {
      this.#unreadable += 1;
      return;
    }
    const { positive } = row;
    if (positive === undefined) {
      for (const tally of this.#talliesOf(row)) tally.exclude();
      return;
    }
    this.#batch.push({ ...row, positive });
    this.#batchChars += row.text.length;
    if (this.#batch.length >= BATCH_ROWS || this.#batchChars >= BATCH_CHARS) await this.#judgeBatch();
  }

  async end(): Promise<Omit<Evaluation, 'head' | 'channel'>> {
    await this.#judgeBatch();
    const { inspector, judge } = this.#input.inspection;
    return {
      detectors: inspector.version,
      policySet: judge.engine.policySet,
      unreadable: this.#unreadable,
      sources: [...this.#tallies.values()].map((tally) => tally.metrics()),
      total: this.#total.metrics(),
      ...(this.#input.by && { groups: this.#groupMetrics() }),
    };
  }

  async #judgeBatch(): Promise<void> {
    const rows = this.#batch;
    this.#batch = [];
    this.#batchChars = 0;
    const { inspection, head, channel } = this.#input;
    const way = { inspection, channel, categories: heads[head].categories };
    if (this.#warmedRows < WARM_UP_ROWS) warmUp(rows, way, WARM_UP_PASSES);
    this.#warmedRows += rows.length;
    const verdicts = judgeRows(rows, way);
    for (const [at, row] of rows.entries()) {
      const verdict = verdicts[at];
      if (verdict === undefined) continue;
      this.#add(row, verdict);
      await this.#input.onScore({ id: row.id, score: verdict.score, effect: verdict.effect });
    }
  }

  #add(row: CountingRow, { findings, ...verdict }: RowVerdict): void {
    for (const tally of this.#talliesOf(row)) {
      tally.add({ positive: row.positive, kind: row.kind, ...verdict });
      if (this.#input.head === 'pii') addSpans(tally, row, findings);
    }
  }

  #talliesOf({ source, group }: LabelledRow): readonly SourceTally[] {
    const tallies = [tallyOf(this.#tallies, source), this.#total];
    if (this.#input.by === undefined) return tallies;
    const name = group ?? NO_GROUP;
    return [...tallies, tallyOf(this.#groups, this.#groups.size < MAX_GROUPS || this.#groups.has(name) ? name : REST)];
  }

  #groupMetrics(): readonly SourceMetrics[] {
    const ordered = [...this.#groups.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
    return ordered.map((tally) => tally.metrics());
  }
}

/** Groups that are told apart; a field of ids would else hold a tally for each row. */
const MAX_GROUPS = 200;
const REST = 'all others';
const NO_GROUP = 'none';

function tallyOf(tallies: Map<string, SourceTally>, name: string): SourceTally {
  let tally = tallies.get(name);
  if (tally === undefined) {
    tally = new SourceTally(name);
    tallies.set(name, tally);
  }
  return tally;
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
