import { CHECKPOINTS } from '@sallyport/core';
import { amount, barTable, heatTable, html, type Markup, type Shown, table, UNKNOWN } from '@sallyport/pages';
import type { Distribution } from '../distribution.ts';
import { FATES, STOP_TYPES } from './attack-counts.ts';
import { CALL_DOORS } from './autonomy-counts.ts';
import type { ImpactReport } from './impact-figures.ts';
import { FATE_WORDS, stopWords } from './impact-words.ts';

const count = (value: number | undefined) => amount(value, 'count');

/** What was found, and what came of it. */
export function attacks({ attacks: { found, blocked }, denied }: ImpactReport): Shown {
  const types = STOP_TYPES.filter((type) => found[type] !== undefined);
  const stopped = STOP_TYPES.filter((type) => blocked[type] !== undefined);
  return [
    heatTable({
      title: 'Blocked, by what was found and where',
      says: 'Decisions of policies. One with findings of two categories counts for both; a conversation that carries an attack on may meet the same decision again with its next turn.',
      unit: 'count',
      axes: ['found', 'checkpoint'],
      columns: CHECKPOINTS,
      rows: stopped.map((type) => ({
        name: stopWords(type),
        values: CHECKPOINTS.map((point) => blocked[type]?.[point] ?? 0),
      })),
    }),
    barTable({
      title: 'What came of what was found',
      says: 'All decisions on content with a finding, those too that policies let pass.',
      unit: 'count',
      parts: FATES.map((fate) => FATE_WORDS[fate]),
      arrangement: 'stacked',
      rows: types.map((type) => ({
        name: stopWords(type),
        values: FATES.map((fate) => found[type]?.[fate] ?? 0),
      })),
    }),
    barTable({
      title: 'Access denied',
      says: 'Decisions of access policies, by what was asked.',
      unit: 'count',
      parts: ['decisions'],
      arrangement: 'stacked',
      rows: Object.entries(denied).map(([name, value]) => ({ name, values: [value] })),
    }),
  ];
}

/** What was kept from going on. */
export function exposures({ exposures: all }: ImpactReport): Markup {
  return table({
    caption:
      'Personal data and secrets: values that were replaced, and texts that were stopped because of them. What stands in the history of a conversation counts with each turn that sends it again',
    columns: [
      { title: 'type', align: 'left' },
      { title: 'category', align: 'left' },
      { title: 'replaced in requests', align: 'right' },
      { title: 'in answers', align: 'right' },
      { title: 'stopped in requests', align: 'right' },
      { title: 'in answers', align: 'right' },
    ],
    rows: all.map(({ type, category, redacted, blocked }) => [
      type,
      category,
      count(redacted.request),
      count(redacted.answer),
      count(blocked.request),
      count(blocked.answer),
    ]),
  });
}

/** How soon. */
export function response({ response: times }: ImpactReport): Shown {
  return [
    table({
      caption: 'Times of alerts',
      columns: [
        { title: 'from … to', align: 'left' },
        { title: 'mean', align: 'right' },
        { title: 'p50', align: 'right' },
        { title: 'p95', align: 'right' },
        { title: 'alerts', align: 'right' },
      ],
      rows: [
        timesRow('first finding of the attack … alert', times.detect),
        timesRow('alert … first step of a person', times.byPeople),
        timesRow('alert … what its rule held back', times.byRule),
      ],
    }),
    html`<p class="note">${count(times.raised)} alerts were raised: ${severities(times.bySeverity)}; ${count(times.suppressed)} more were counted and not recorded, since there were too many. Of ${count(times.detectUndefined)} the time to detect is not defined, since no attack was found in what they name. ${count(times.unanswered)} had no answer before the end of the period.</p>`,
  ];
}

function severities(bySeverity: ImpactReport['response']['bySeverity']): string {
  return (
    Object.entries(bySeverity)
      .map(([severity, times]) => `${severity} ${count(times)}`)
      .join(', ') || 'none'
  );
}

function timesRow(name: string, { count: times, mean, p50, p95 }: Distribution): readonly string[] {
  if (times === 0) return [name, UNKNOWN, UNKNOWN, UNKNOWN, '0'];
  return [name, amount(mean, 'ms'), amount(p50, 'ms'), amount(p95, 'ms'), count(times)];
}

/** What people were asked, and what went on without them. */
export function people({ approvals, autonomy, feedback }: ImpactReport): Shown {
  const { asked, granted, denied, expired, crowded, waited, byDoor } = approvals;
  return [
    table({
      caption: 'Questions to people about tool calls',
      columns: [
        { title: 'what', align: 'left' },
        { title: 'how often', align: 'right' },
      ],
      rows: [
        ['asked', count(asked)],
        ['granted', count(granted)],
        ['denied', count(denied)],
        ['expired', count(expired)],
        ['not asked, since too much waited', count(crowded)],
        ...Object.entries(byDoor).map(([door, times]) => [`answered by way of ${door}`, count(times)]),
        ['waited for yes or no, p50', waited.count === 0 ? UNKNOWN : amount(waited.p50, 'ms')],
        ['p95', waited.count === 0 ? UNKNOWN : amount(waited.p95, 'ms')],
      ],
    }),
    table({
      caption: 'Tool calls',
      columns: [
        { title: 'decided', align: 'left' },
        { title: 'went on alone', align: 'right' },
        { title: 'with a person', align: 'right' },
        { title: 'still asked about', align: 'right' },
        { title: 'nobody said yes', align: 'right' },
        { title: 'blocked', align: 'right' },
        { title: 'autonomy', align: 'right' },
      ],
      rows: CALL_DOORS.map((door) => {
        const calls = autonomy[door];
        return [
          door === 'model' ? 'in answers of models' : 'at the door of a tool',
          count(calls.alone),
          count(calls.withPerson),
          count(calls.pending),
          count(calls.unanswered),
          count(calls.blocked),
          amount(calls.autonomy, 'share'),
        ];
      }),
    }),
    html`<p class="note">Operators said of ${count(feedback['false-positive'])} exchanges that they were honest and looked like an attack, and of ${count(feedback.missed)} that an attack was missed; ${count(feedback.undone)} times they took it back. Nobody looks at all exchanges: these are the least that there were.</p>`,
  ];
}

/** What was looked at, and what it took. */
export function coverage({ coverage: seen, overhead }: ImpactReport): Shown {
  return [
    table({
      caption: 'What was inspected',
      columns: [
        { title: 'what', align: 'left' },
        { title: 'how much', align: 'right' },
      ],
      rows: [
        ['text that was inspected', amount(seen.inspectedChars, { of: 'characters' })],
        ['text that was not', amount(seen.uninspectedChars, { of: 'characters' })],
        ['requests and answers with content', count(seen.receipts)],
        ['of these inspected whole', count(seen.whole)],
        ...Object.entries(seen.unseen).map(([kind, { parts, bytes }]) => [
          `${kind}, which nobody here can read: ${count(parts)} parts`,
          amount(bytes, 'bytes'),
        ]),
      ],
    }),
    barTable({
      title: 'Why detectors did not judge',
      says: 'Parts of text, by detector and reason.',
      unit: 'count',
      parts: ['parts'],
      arrangement: 'stacked',
      rows: Object.entries(seen.gaps).map(([name, value]) => ({ name, values: [value] })),
    }),
    table({
      caption: 'What the gateway took of the time',
      columns: [
        { title: 'of', align: 'left' },
        { title: 'mean', align: 'right' },
        { title: 'p50', align: 'right' },
        { title: 'p95', align: 'right' },
        { title: 'exchanges', align: 'right' },
      ],
      rows: [
        timesRow('from arrival to the call of the provider or the tool', overhead.before),
        timesRow('text of an answer held, where any was', overhead.held),
      ],
    }),
  ];
}
