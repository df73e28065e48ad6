/** What the cards of the trained models say of texts that no training has seen. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../workspace.mjs';
import { bounded, table } from './tables.mjs';

/** @typedef {{ share: number, low: number, high: number, count: number }} Share */
/** @typedef {{ auc: number, recallAt1pct: Share, recallAt50: Share, recallAt90: Share }} Separation */
/**
 * @typedef {object} InjectionFigures
 * @property {Separation} unseenSources
 * @property {Record<string, Separation>} bySource
 * @property {Separation} generatedFormsNeverSeen
 * @property {Record<string, { flagged: Share, stopped: Share }>} falsePositives
 */
/** @typedef {{ name: string, attacks: number, auc: number }} Area */

/** @param {string} file below `packages/detectors` */
const figuresOf = (file) => JSON.parse(readFileSync(path.join(ROOT, 'packages/detectors', file), 'utf8')).figures;
/** @param {Share} share */
const shown = ({ share, low, high }) => bounded(share, [low, high]);

/** @param {readonly (readonly [string, Separation])[]} rows */
function separationTable(rows) {
  return table(
    ['attacks of', 'rows', 'AUC', 'recall at 1 % FPR', 'score 0.5 and more', 'score 0.9 and more'],
    rows.map(([name, { auc, recallAt1pct, recallAt50, recallAt90 }]) => [
      name,
      String(recallAt50.count),
      auc.toFixed(3),
      shown(recallAt1pct),
      shown(recallAt50),
      shown(recallAt90),
    ]),
  );
}

/** @param {'direct' | 'data'} channel */
function channelSection(channel) {
  /** @type {InjectionFigures} */
  const { unseenSources, bySource, generatedFormsNeverSeen, falsePositives } = figuresOf(
    `models/injection-${channel}.json`,
  );
  const sources = Object.entries(bySource).sort(([a], [b]) => (a < b ? -1 : 1));
  const kinds = Object.entries(falsePositives).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `### ${channel === 'direct' ? "The user's own words" : 'What data says'}`,
    separationTable([
      ['**all unseen sources**', unseenSources],
      ...sources,
      ['generated forms and words never seen, against their harmless twins', generatedFormsNeverSeen],
    ]),
    'Harmless rows that were set apart, by kind:',
    table(
      ['kind', 'rows', 'score 0.5 and more', 'score 0.9 and more'],
      kinds.map(([kind, { flagged, stopped }]) => [kind, String(flagged.count), shown(flagged), shown(stopped)]),
    ),
  ].join('\n\n');
}

/** The section that the page leads with. */
export function unseenSection() {
  return [
    '## What no training has seen',
    'Injections from sources of which the models have seen no row, against harmless rows likewise set apart. The signatures, and how far the models count beside them, were settled while looking at these sources: other texts may do worse.',
    channelSection('direct'),
    channelSection('data'),
  ].join('\n\n');
}

/** Areas under the curve of the content model, by category. */
export function contentAreas() {
  /** @type {{ moderation: Area[], hatecheck: Area[] }} */
  const { moderation, hatecheck } = figuresOf('src/content/model-card.json');
  const [all] = hatecheck;
  const rows = [...moderation, ...(all === undefined ? [] : [{ ...all, name: 'hatecheck: hate' }])];
  return `By category, each against the harmless rows of its set (AUC):\n\n${table(
    ['category', 'rows', 'AUC'],
    rows.map(({ name, attacks, auc }) => [name, String(attacks), auc.toFixed(3)]),
  )}`;
}
