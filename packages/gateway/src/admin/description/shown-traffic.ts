import {
  ALERT_ATTRIBUTES,
  CHANNELS,
  CONTAINED_KINDS,
  CONTAINMENT_ACTIONS,
  FEEDBACK_VERDICTS,
  IDENTITY_SIGNALS,
  IDENTITY_STATES,
  LANGUAGE_GROUPS,
  RECORD_KINDS,
  SEVERITIES,
} from '@sallyport/core';
import { ALERT_STATES, SIGNAL_SCOPES } from '@sallyport/runtime';
import { z } from 'zod';
import { count, strings, time } from './call-about.ts';

const by = z.object({ id: z.string(), via: z.string() });
const name = z.string().exactOptional();

export const auditRecord = z
  .object({ v: z.literal(1), kind: z.enum(RECORD_KINDS), exchange: z.string(), at: time })
  .loose()
  .describe('a record of the audit log; what each kind says beside this stands in its reference');
export const recordedExchange = z.object({ exchange: z.string(), index: count, records: z.array(auditRecord) });
export const exchangeRecords = z.object({ exchange: z.string(), records: z.array(auditRecord) });

const about = z.object(Object.fromEntries(ALERT_ATTRIBUTES.map((attribute) => [attribute, name])));
const evidence = z.object({
  exchanges: strings,
  more: count.exactOptional(),
  value: z.number().exactOptional(),
  bound: z.number().exactOptional(),
});
const severity = z.enum(SEVERITIES);
export const shownAlert = z.object({
  id: z.string(),
  rule: z.string(),
  severity,
  state: z.enum(ALERT_STATES),
  about,
  raisedAt: time,
  lastAt: time,
  times: count,
  evidence,
  settled: z.object({ by: by.exactOptional(), at: time, reason: name }).exactOptional(),
});

export const shownContainment = z.object({
  id: z.string(),
  action: z.enum(CONTAINMENT_ACTIONS),
  of: z.object({ kind: z.enum(CONTAINED_KINDS), name: z.string(), tenant: name }),
  perMinute: count.exactOptional(),
  from: time,
  until: time,
  reason: z.string(),
  alert: name,
});

export const shownFeedback = z.object({
  exchange: z.string(),
  at: time,
  by: z.string(),
  verdict: z.enum(FEEDBACK_VERDICTS),
  scores: z.array(
    z.object({
      channel: z.enum(CHANNELS),
      language: z.enum(LANGUAGE_GROUPS),
      scores: z.record(z.string(), z.number()).describe('by category'),
    }),
  ),
});

const identityReason = z.object({
  signal: z.enum(IDENTITY_SIGNALS),
  from: time,
  name,
  before: z.number().exactOptional(),
  after: z.number().exactOptional(),
  strength: z.number().exactOptional(),
  exchanges: strings,
});
export const shownIdentity = z.object({
  provider: z.string(),
  model: z.string(),
  state: z.enum(IDENTITY_STATES),
  since: time,
  learning: z.boolean(),
  reasons: z.array(identityReason),
  reference: z.object({ models: strings, fingerprints: strings, backends: strings, digests: strings }),
  approvedBy: name,
  approvedAt: time.exactOptional(),
  answers: count,
  lastAt: time.exactOptional(),
});
export const shownTimeline = z.object({ identity: shownIdentity, timeline: z.array(auditRecord) });

const counts = z.array(z.tuple([z.string(), count])).describe('most frequent first');
const quantiles = { p50: z.number(), p95: z.number() };
const shownSeries = z.object({
  scope: z.enum(SIGNAL_SCOPES),
  name: z.string(),
  tenant: name,
  exchanges: count,
  perMinute: z.number(),
  calls: count,
  stoppedCalls: count,
  asked: count,
  rates: z.record(z.string(), count),
  latency: z.object({ ...quantiles, p99: z.number() }).exactOptional(),
  firstToken: z.object(quantiles).exactOptional(),
  tokensPerSecond: z.number().exactOptional(),
  costMicros: z.number().exactOptional(),
  outputChars: z.number().exactOptional(),
  finish: counts,
  languages: counts,
  tools: counts,
  personal: counts,
});
const findings = z.record(z.string(), count).describe('by category');
const sessionAtRisk = z.object({
  session: z.string(),
  tenant: z.string(),
  principal: z.string(),
  stopped: count,
  findings,
  at: time,
  exchange: z.string(),
});
export const shownSignals = z.object({
  series: z.array(shownSeries).describe('the busiest first; there is no further page'),
  sessions: z.array(sessionAtRisk),
  monitor: z.object({ series: count, bytes: count, dropped: count, failed: count, watchers: count }),
});

const liveSignal = z.object({
  signal: z.string(),
  category: name,
  scope: z.string(),
  name: z.string(),
  direction: z.enum(['up', 'down', 'other']),
  before: z.number().exactOptional(),
  after: z.number().exactOptional(),
  since: z.number(),
  from: time,
  strength: z.number(),
  moved: z.array(z.object({ kind: z.string(), before: z.number(), after: z.number() })).exactOptional(),
  exchanges: strings,
  suppressed: count.exactOptional(),
});
export const EVENT_TYPES = ['signal.changed', ...RECORD_KINDS.filter((kind) => kind !== 'signal')] as const;
/** `data` of an event of the stream; of the event `gap`, how many were lost. */
export const liveEvent = z.object({
  kind: z.enum(EVENT_TYPES),
  at: time,
  exchange: z.string(),
  tenant: name,
  principal: name,
  session: name,
  drill: name,
  route: name,
  model: name,
  provider: name,
  tool: name,
  effect: name,
  outcome: name,
  fault: name,
  step: name,
  findings: findings.exactOptional(),
  policies: strings.exactOptional(),
  ms: z.number().exactOptional(),
  alert: z
    .object({ alert: z.string(), rule: z.string(), severity, about, evidence: evidence.exactOptional() })
    .exactOptional(),
  containment: shownContainment.exactOptional(),
  signal: liveSignal.exactOptional(),
});
