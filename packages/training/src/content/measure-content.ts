import { CONTENT_TYPES, type ContentModel, type ContentType } from '@sallyport/detectors';
import { auc } from '../evaluation/metrics.ts';
import categories from './moderation-categories.json' with { type: 'json' };

/** One row of a set with labels of content. */
export interface MeasuredRow {
  readonly text: string;
  readonly attack: boolean;
  /** Labels of OpenAI's moderation set: `H2`; or the functional test that a row belongs to. */
  readonly labels: readonly string[];
}

/** Area under the curve of one question. */
export interface ContentFigure {
  readonly name: string;
  readonly attacks: number;
  readonly auc: number;
}

const TYPE_OF_CATEGORY: Readonly<Record<string, string>> = categories;
/** Below all scores: nothing in the text was worth judging. */
const NOTHING = -1_000;

/** Each category of OpenAI's moderation set against its harmless rows, and all categories together. */
export function measureModeration(model: ContentModel, rows: readonly MeasuredRow[]): readonly ContentFigure[] {
  const judged = rows.map((row) => ({ row, ...judgedBy(model, row.text) }));
  const harmless = judged.filter(({ row }) => !row.attack);
  const figures = Object.entries(TYPE_OF_CATEGORY).map(([category, type]) => {
    const own = judged.filter(({ row }) => row.labels.includes(category));
    const at = CONTENT_TYPES.indexOf(type as ContentType);
    const odds = (list: typeof judged) => list.map((one) => one.odds[at] ?? NOTHING);
    return { name: type, attacks: own.length, auc: auc(odds(own), odds(harmless)) };
  });
  const harmful = judged.filter(({ row }) => row.attack);
  const most = (list: typeof judged) => list.map((one) => one.most);
  return [...figures, { name: 'any', attacks: harmful.length, auc: auc(most(harmful), most(harmless)) }];
}

/** Functional tests of hate: all together, and each against all rows of the other label. */
export function measureFunctional(model: ContentModel, rows: readonly MeasuredRow[]): readonly ContentFigure[] {
  const hate = CONTENT_TYPES.indexOf('hate');
  const judged = rows.map((row) => ({ row, odds: judgedBy(model, row.text).odds[hate] ?? NOTHING }));
  const oddsOf = (wanted: (row: MeasuredRow) => boolean) =>
    judged.filter(({ row }) => wanted(row)).map(({ odds }) => odds);
  const attacks = oddsOf(({ attack }) => attack);
  const harmless = oddsOf(({ attack }) => !attack);
  const tests = [...new Set(rows.flatMap(({ labels }) => labels))].sort().map((name) => {
    const own = oddsOf(({ labels }) => labels.includes(name));
    const isAttack = rows.some(({ attack, labels }) => attack && labels.includes(name));
    return { name, attacks: own.length, auc: isAttack ? auc(own, harmless) : auc(attacks, own) };
  });
  return [{ name: 'hate', attacks: attacks.length, auc: auc(attacks, harmless) }, ...tests];
}

/** Texts of which some type scores at least `score`. */
export function flagged(model: ContentModel, texts: readonly string[], score: number): number {
  return texts.filter((text) => model.judge(text).some((one) => one.score >= score)).length;
}

function judgedBy(model: ContentModel, text: string): { readonly odds: readonly number[]; readonly most: number } {
  const judgements = model.judge(text);
  // Scores near 1 differ by less than a number shows; odds on the scale of scores do not.
  const scaled = judgements.map(({ score }) => Math.log(score / (1 - score)));
  return { odds: judgements.map(({ odds }) => odds), most: Math.max(NOTHING, ...scaled) };
}
