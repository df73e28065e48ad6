import {
  amount,
  barTable,
  definitions,
  heatTable,
  html,
  type Markup,
  type Shown,
  table,
  UNKNOWN,
} from '@sallyport/pages';
import { FAILURES } from './fate.ts';
import type { VendorEntry } from './vendor-figures.ts';
import { AGREEMENT_TOPICS, type VendorTraffic } from './vendor-model.ts';
import { CONCERN_WORDS, FAILURE_WORDS, TOPIC_WORDS } from './vendor-words.ts';

/** How it failed. */
export function failures({ failures: counts, undecided, retried, notSent }: VendorTraffic): Shown {
  return [
    barTable({
      title: 'How calls failed',
      says: 'A request that it took for wrong counts neither for nor against its availability.',
      unit: 'count',
      parts: ['calls'],
      arrangement: 'stacked',
      rows: FAILURES.filter((kind) => counts[kind] !== undefined).map((kind) => ({
        name: FAILURE_WORDS[kind],
        values: [counts[kind]],
      })),
    }),
    html`<p class="note">Not counted for or against it: ${amount(undecided, 'count')} that the client or the gateway ended. ${amount(retried, 'count')} took more than one call. ${amount(notSent, 'count')} were stopped here before it was called.</p>`,
  ];
}

/** What its own guardrails said. */
export function signals({ signals: counts }: VendorTraffic): Markup {
  return barTable({
    title: 'What its guardrails said',
    says: 'Answers of which they said so.',
    unit: 'count',
    parts: ['answers'],
    arrangement: 'stacked',
    rows: Object.entries(counts).map(([name, value]) => ({ name, values: [value] })),
  });
}

/** Their guardrails against ours, of the same exchanges. */
export function agreements({ agreement }: VendorTraffic): Shown {
  return AGREEMENT_TOPICS.map((topic) => {
    const { both, onlyTheirs, onlyOurs, neither, kappa } = agreement[topic];
    return heatTable({
      title: `Their guardrails against ours: ${TOPIC_WORDS[topic]}`,
      says: `Cohen's kappa ${kappa === undefined ? 'is not defined here' : kappa.toFixed(2)}; 1 is full agreement, 0 what chance would give.`,
      unit: 'count',
      axes: ['theirs', 'ours'],
      columns: ['found', 'not found'],
      rows: [
        { name: 'flagged', values: [both, onlyTheirs] },
        { name: 'not flagged', values: [onlyOurs, neither] },
      ],
    });
  });
}

/** What is known of it, held against what is asked for here. */
export function registered({ registration, identity, rules, canaries }: VendorEntry): Shown {
  const forbidden = Object.entries(rules.forbiddenBy).map(([policy, count]) => `${policy} (${amount(count, 'count')})`);
  return [
    html`<h3>What is known of it</h3>`,
    definitions([
      ...registry(registration),
      ['Identity', identity === undefined ? UNKNOWN : `${identity.state} since ${identity.since}`],
      ['Model approved by', approval(identity)],
      [
        'Policies',
        `permitted ${amount(rules.permitted, 'count')} requests, forbade ${amount(rules.forbidden, 'count')}`,
      ],
      ...(forbidden.length > 0 ? ([['Forbidden by', forbidden.join(', ')]] as const) : []),
      [
        'Canaries',
        `${amount(canaries.asked, 'count')} rounds, ${amount(canaries.failed, 'count')} came to nothing, ${amount(canaries.tokens, { of: 'tokens' })}`,
      ],
    ]),
    rules.concerns.length === 0
      ? html`<p class="badge good">Nothing that the log shows speaks against it.</p>`
      : html`<p class="lead">What speaks against it</p><ul class="bad-words">${rules.concerns.map((concern) => html`<li>${CONCERN_WORDS[concern]}</li>`)}</ul>`,
  ];
}

function registry(registration: VendorEntry['registration']): readonly (readonly [string, string])[] {
  if (registration === undefined) return [['Registry', UNKNOWN]];
  if (registration === 'unregistered') return [['Registry', 'nothing is registered']];
  const { region, retentionDays, trainsOnData, approvedBy, approvedAt, guardrails } = registration;
  return [
    ['Region', region ?? UNKNOWN],
    ['Keeps what it is sent', amount(retentionDays, { of: 'days' })],
    ['Trains on it', trainsOnData === undefined ? UNKNOWN : trainsOnData ? 'yes' : 'no'],
    [
      'Provider approved by',
      approvedBy === undefined
        ? 'nobody that is registered'
        : `${approvedBy}${approvedAt === undefined ? '' : `, ${approvedAt}`}`,
    ],
    ['Guardrails of its own', guardrails.join(', ') || 'none that are registered'],
  ];
}

function approval(identity: VendorEntry['identity']): string {
  if (identity?.approvedBy === undefined) return 'nobody';
  return `${identity.approvedBy}${identity.approvedAt === undefined ? '' : `, ${identity.approvedAt}`}`;
}

/** Tokens and cost. */
export function spending({ tokens, costs, unpriced }: VendorTraffic): Markup {
  return table({
    caption: 'Tokens by the provider’s own count, and their cost by the price table',
    columns: [
      { title: 'what', align: 'left' },
      { title: 'how much', align: 'right' },
    ],
    rows: [
      ['input', amount(tokens.input, { of: 'tokens' })],
      ['of these from its cache', amount(tokens.cached, { of: 'tokens' })],
      ['output', amount(tokens.output, { of: 'tokens' })],
      ['of these for reasoning', amount(tokens.reasoning, { of: 'tokens' })],
      ['calls of which it did not say', amount(tokens.unknown, 'count')],
      ...costs.map(({ currency, settled, exchanges, unverified }) => [
        `cost of ${amount(exchanges, 'count')} calls${unverified > 0 ? `, ${amount(unverified, 'count')} of them at prices that nobody checked` : ''}`,
        amount(settled, { of: currency }),
      ]),
      ['calls without a known price', amount(unpriced, 'count')],
    ],
  });
}
