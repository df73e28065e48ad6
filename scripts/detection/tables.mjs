/** Tables of the page of measured detection, as Markdown. */

/** @typedef {readonly [number, number] | null} Bounds */
/** @typedef {{ attack: boolean, n: number, noticed: number, stopped: number }} Kind */
/** @typedef {{ labelled: number, found: number, covered: number, predicted: number, right: number }} SpanCounts */
/**
 * @typedef {object} Metrics
 * @property {string} source
 * @property {number} attacks
 * @property {number} benign
 * @property {number} excluded
 * @property {number | null} auc
 * @property {number | null} recallAt1pctFpr
 * @property {Bounds} recallAt1pctFprInterval
 * @property {number | null} recall
 * @property {Bounds} recallInterval
 * @property {number | null} fpr
 * @property {Bounds} fprInterval
 * @property {{ recall: number | null, fpr: number | null }} stopped
 * @property {Record<string, Kind>} kinds
 * @property {number} bytes
 * @property {number | null} usPerKb
 * @property {Record<string, SpanCounts>} [spans]
 */
/** @typedef {{ detectors: string, policySet: string, sources: Metrics[], total: Metrics, groups?: Metrics[] }} Evaluation */

/** @param {number | null} value */
export function percent(value) {
  return value === null ? '-' : `${(value * 100).toFixed(1)} %`;
}

/**
 * @param {number | null} value
 * @param {Bounds} bounds
 */
export function bounded(value, bounds) {
  if (value === null || bounds === null) return '-';
  return `${percent(value)} (${bounds.map((bound) => (bound * 100).toFixed(1)).join('-')})`;
}

/**
 * @param {readonly string[]} titles
 * @param {readonly (readonly string[])[]} rows the first cell is text, the others numbers
 */
export function table(titles, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Text of one source below which its cost is noise. */
const MIN_COSTED_BYTES = 65_536;

/**
 * @param {Evaluation} evaluation
 * @param {string} wanted
 */
export function sourceTable({ sources, total }, wanted) {
  const counted = sources.filter(({ attacks, benign }) => attacks + benign > 0);
  return metricsTable([...counted, total], { first: 'source', wanted });
}

/**
 * @param {readonly Metrics[]} counted
 * @param {{ first: string, wanted: string }} titled
 */
export function metricsTable(counted, { first, wanted }) {
  const titles = [
    first,
    wanted,
    'benign',
    'AUC',
    'recall at 1 % FPR',
    'noticed',
    'noticed, false',
    'stopped',
    'stopped, false',
    'us/KB',
  ];
  const rows = counted.map((one) => [
    one.source === 'all' ? '**all**' : one.source,
    String(one.attacks),
    String(one.benign),
    one.auc === null ? '-' : one.auc.toFixed(3),
    bounded(one.recallAt1pctFpr, one.recallAt1pctFprInterval),
    bounded(one.recall, one.recallInterval),
    bounded(one.fpr, one.fprInterval),
    percent(one.stopped.recall),
    percent(one.stopped.fpr),
    one.usPerKb === null || one.bytes < MIN_COSTED_BYTES ? '-' : one.usPerKb.toFixed(0),
  ]);
  return table(titles, rows);
}

/**
 * @param {Evaluation} evaluation
 * @param {string} title
 */
export function kindTable({ total }, title) {
  const kinds = Object.entries(total.kinds).filter(([, { n, noticed, attack }]) =>
    attack ? noticed < n : noticed > 0,
  );
  const missed = kinds.filter(([, { attack }]) => attack);
  const falsely = kinds.filter(([, { attack }]) => !attack);
  const row = (/** @type {[string, Kind]} */ [kind, { n, noticed, stopped }]) => [
    kind.replace(/^benign /, '').replaceAll('|', '\\|'),
    String(n),
    `${noticed} (${percent(noticed / n)})`,
    `${stopped} (${percent(stopped / n)})`,
  ];
  const parts = [];
  if (missed.length > 0)
    parts.push(
      `Attacks not all noticed, by ${title}:\n`,
      table([title, 'rows', 'noticed', 'stopped'], missed.map(row)),
    );
  if (falsely.length > 0) {
    parts.push(
      `${parts.length > 0 ? '\n' : ''}Benign rows noticed, by ${title}:\n`,
      table([title, 'rows', 'noticed', 'stopped'], falsely.map(row)),
    );
  }
  return parts.join('\n');
}

/** @param {Evaluation} evaluation */
export function spanTable({ sources }) {
  const share = (/** @type {number} */ part, /** @type {number} */ whole) =>
    whole === 0 ? '-' : percent(part / whole);
  const rows = sources.flatMap(({ source, spans = {} }) =>
    Object.entries(spans).map(([type, counts]) => [
      `${source}: ${type}`,
      String(counts.labelled),
      share(counts.found, counts.labelled),
      share(counts.covered, counts.labelled),
      String(counts.predicted),
      share(counts.right, counts.predicted),
    ]),
  );
  if (rows.length === 0) return '';
  return `Span by span:\n\n${table(['source: type', 'labelled', 'found', 'covered whole', 'predicted', 'right'], rows)}`;
}
