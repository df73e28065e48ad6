import type { Line, ScriptGroup } from '@sallyport/detectors';
import { thresholdAt } from '../evaluation/metrics.ts';

/** The log-odds of one benign text. */
export interface BenignLogit {
  readonly logit: number;
  readonly kind: string;
  readonly script: ScriptGroup;
}

/** Where on the scale of evidence log-odds lie that so few benign texts reach. */
export interface Anchors {
  /** Share of the benign texts of a kind that may reach a score of 0.5. */
  readonly flagged: number;
  /** Share of all benign texts that may reach a score of 0.9. */
  readonly stopped: number;
}

/** Evidence of scores of 0.5 and 0.9: `-ln(1 - score)`. */
const FLAG_EVIDENCE = Math.log(2);
const STOP_EVIDENCE = Math.log(10);
/** The anchors lie at least so far apart, so that no single text makes a cliff. */
const LOGITS_APART_MIN = 0.8;
/** Kinds and scripts with fewer texts say nothing of their own. */
const ROWS_MIN = 300;
const DIGITS = 6;

/**
 * The line from log-odds to evidence on which a share of benign texts lies where policies act: the kind with the highest
 * scores decides, since an average would hide it. A script of which there are too few texts gets the line of all.
 */
export function calibrate(benign: readonly BenignLogit[], anchors: Anchors): Record<ScriptGroup, Line> {
  const all = lineOf(benign, anchors);
  const of = (script: ScriptGroup): Line => {
    const own = benign.filter((one) => one.script === script);
    return own.length < ROWS_MIN ? all : lineOf(own, anchors);
  };
  return { latin: of('latin'), cjk: of('cjk'), other: of('other') };
}

function lineOf(benign: readonly BenignLogit[], { flagged, stopped }: Anchors): Line {
  const kinds = new Set(benign.map(({ kind }) => kind));
  const cells = [...[...kinds].map((kind) => benign.filter((one) => one.kind === kind)), benign].filter(
    ({ length }) => length >= ROWS_MIN,
  );
  const logits = (cell: readonly BenignLogit[]) => cell.map(({ logit }) => logit);
  const flag = Math.max(...(cells.length > 0 ? cells : [benign]).map((cell) => thresholdAt(logits(cell), flagged)));
  const stop = Math.max(flag + LOGITS_APART_MIN, thresholdAt(logits(benign), stopped));
  const slope = Number(((STOP_EVIDENCE - FLAG_EVIDENCE) / (stop - flag)).toPrecision(DIGITS));
  return { slope, offset: Number((FLAG_EVIDENCE - slope * flag).toPrecision(DIGITS)) };
}
