import type {
  ApprovalRecord,
  Category,
  Checkpoint,
  ClosedRecord,
  DecidedRecord,
  OpenedRecord,
  Principal,
  RecordedDecision,
  RecordedScene,
  Verdict,
} from '@sallyport/core';

/** When these records begin, milliseconds since 1970. */
export const START_MS = Date.UTC(2026, 0, 1);

const RECEIPT = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };
const DECISION = { verdict: 'allow', flags: [], redact: [], policies: [], monitored: [], errors: [] } as const;

export const ANN: Principal = { kind: 'user', id: 'ann', tenant: 'default', groups: [] };
const REQUEST = {
  protocol: 'openai-chat',
  route: 'default',
  model: 'model-a',
  stream: false,
  tools: [],
  messages: 1,
  bodyBytes: 100,
};
const SCENE: RecordedScene = {
  principal: ANN,
  resource: { kind: 'model', id: 'model-a', provider: 'demo', groups: [] },
  request: REQUEST,
  session: { id: 'ses_0', by: 'trace' },
};

function base(atMs: number, exchange = `ex-${atMs}`) {
  return { v: 1, exchange, at: new Date(atMs).toISOString(), ...SCENE } as const;
}

/** An exchange that went well, unless something else is said. */
export function closed(atMs: number, more: Partial<ClosedRecord> = {}): ClosedRecord {
  return {
    ...base(atMs),
    kind: 'closed',
    outcome: 'completed',
    status: 200,
    upstream: { provider: 'demo', tries: 1 },
    decisions: [],
    receipt: RECEIPT,
    effect: 'allow',
    redacted: {},
    restored: 0,
    answer: { finishReasons: ['stop'], usage: { outputTokens: 100 } },
    releasedChars: 400,
    ms: { total: 1_010, beforeUpstream: 10, upstreamFirstByte: 210, held: 0 },
    ...more,
  };
}

export function decided(atMs: number, tool: string, more: Partial<DecidedRecord> = {}): DecidedRecord {
  return { ...base(atMs), kind: 'decided', tool, decisions: [], effect: 'allow', ...more };
}

export function opened(atMs: number, more: Partial<OpenedRecord> = {}): OpenedRecord {
  return {
    ...base(atMs),
    kind: 'opened',
    provider: 'demo',
    decisions: [],
    receipt: RECEIPT,
    effect: 'allow',
    redacted: {},
    detectors: 'd',
    ...more,
  };
}

export function asked(atMs: number): ApprovalRecord {
  return {
    ...base(atMs),
    kind: 'approval',
    approval: 'apr_0',
    step: 'asked',
    principal: ANN,
    tool: 'wire_money',
    binding: '',
    policySet: '',
    policies: [],
    shown: '',
  };
}

/** A decision on a text with such a finding. */
export function found(
  category: Category,
  type: string,
  { score = 1, point = 'input', decision: decided = DECISION }: FoundWhere = {},
): RecordedDecision {
  const span = { start: 0, end: 1 };
  const finding = { detector: 'd', category, type, score, span, via: [], fingerprint: '', where: '' } as const;
  const context = { findings: [finding], unseen: [], unchecked: [] };
  return { kind: 'guard', question: { point, context }, findingsTotal: 1, decision: decided };
}

interface FoundWhere {
  readonly score?: number;
  readonly point?: Checkpoint;
  readonly decision?: RecordedDecision['decision'];
}

/** What policies said, without whatever else a decision says. */
export function decision(verdict: Verdict): RecordedDecision['decision'] {
  return { ...DECISION, verdict };
}

/** A decision on data that is reached. */
export function reached(id: string): RecordedDecision {
  const resource = { kind: 'data-source', id, registered: true, groups: [] } as const;
  return {
    kind: 'access',
    question: { action: 'read-data', resource, context: { route: 'default', protocol: 'openai-chat' } },
    decision: DECISION,
  };
}
