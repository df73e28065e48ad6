import type { ClosedRecord, OpenedRecord, Receipt, RecordedFinding } from '@sallyport/core';

const at = '2026-01-01T00:00:00.000Z';
const principal = { kind: 'service', id: 'billing', tenant: 'default', groups: ['apps'] } as const;
const resource = { kind: 'model', id: 'model-a', provider: 'demo', groups: [] } as const;
const decision = {
  verdict: 'allow',
  flags: [],
  redact: [0],
  policies: ['redact-personal-data'],
  monitored: [],
  errors: [],
} as const;
const receipt: Receipt = {
  lines: [{ detector: 'personal-data', version: '1', status: 'inspected', segments: 1 }],
  unseen: [],
  segments: 1,
  inspectedChars: 40,
  uninspectedChars: 0,
};

export function finding(n: number): RecordedFinding {
  return {
    detector: 'personal-data',
    category: 'personal-data',
    type: 'email',
    score: 0.9,
    span: { start: n, end: n + 20 },
    via: [],
    fingerprint: '0'.repeat(32),
    where: `message/${n}/content`,
  };
}

export interface OpenedShape {
  readonly findings?: number;
  readonly tools?: readonly string[];
  readonly model?: string;
}

export function opened(
  exchange: string,
  { findings = 1, tools = [], model = 'model-a' }: OpenedShape = {},
): OpenedRecord {
  const request = { protocol: 'p', route: 'r', model, stream: false, tools, messages: 1, bodyBytes: 100 };
  const found = Array.from({ length: findings }, (_, n) => finding(n));
  const context = { findings: found, unseen: [], unchecked: [] };
  return {
    v: 1,
    kind: 'opened',
    exchange,
    at,
    principal,
    resource,
    request,
    policySet: '0'.repeat(64),
    decisions: [{ kind: 'guard', question: { point: 'input', context }, findingsTotal: findings, decision }],
    receipt,
    effect: 'redact',
    redacted: { email: findings },
    detectors: 'd',
  };
}

export function closed(exchange: string): ClosedRecord {
  return {
    v: 1,
    kind: 'closed',
    exchange,
    at,
    outcome: 'completed',
    status: 200,
    decisions: [],
    receipt,
    effect: 'allow',
    redacted: {},
    restored: 0,
    answer: { finishReasons: ['stop'] },
    releasedChars: 10,
    ms: { total: 5, held: 0 },
  };
}
