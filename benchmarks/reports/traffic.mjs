const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 1_000;
export const period = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };

const DETECTORS = ['secrets', 'personal-data', 'prompt-injection', 'exfiltration', 'hidden-text', 'content'];
const ALLOW = /** @type {const} */ ({
  verdict: 'allow',
  flags: [],
  redact: [],
  policies: ['models-for-everyone-with-a-key'],
  monitored: [],
  errors: [],
});

/** What was looked at; detectors fail for reasons that come once. */
function receiptOf(/** @type {number} */ n) {
  const lines = DETECTORS.map((detector, at) => ({
    detector,
    version: '1.15eb1c7f',
    segments: 3,
    ...(at === n % 50
      ? { status: /** @type {const} */ ('failed'), reason: `r${n}` }
      : { status: /** @type {const} */ ('inspected') }),
  }));
  return {
    lines,
    unseen: [{ kind: `kind-${n}`, count: 1, bytes: 9 }],
    segments: 3,
    inspectedChars: 900,
    uninspectedChars: 9,
  };
}

/**
 * The records of one exchange that asks for a call: three, or four with an alert. All are attacked, and no name of a session, a tool or a type comes twice, as somebody would
 * have it who wants reports to take memory.
 * @param {number} n
 * @returns {readonly import('@sallyport/core').AuditRecord[]}
 */
export function exchangeOf(n) {
  // Half of the exchanges are of models that come again, so that there are times to keep.
  const model = n % 2 === 0 ? `model-${(n / 2) % 500}` : `once-${n}`;
  const provider = n % 2 === 0 ? 'provider' : `provider-${n}`;
  const at = new Date(START_MS + n * STEP_MS).toISOString();
  const exchange = `0199c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const base = /** @type {const} */ ({
    v: 1,
    exchange,
    at,
    principal: { kind: 'user', id: `who-${n}`, tenant: 'default', groups: ['staff'] },
    resource: { kind: 'model', id: model, provider, groups: [] },
    request: {
      protocol: 'openai-chat',
      route: 'default',
      model,
      stream: true,
      tools: ['pay'],
      messages: 3,
      bodyBytes: 4_000,
    },
    session: { id: `ses_${n}`, by: 'new' },
    policySet: 'a'.repeat(64),
  });
  const findings = /** @type {const} */ (['injection', 'personal-data']).map((category) => ({
    detector: 'd',
    category,
    type: `${category}-${n}`,
    score: 0.9,
    span: { start: 0, end: 9 },
    via: [],
    fingerprint: '0'.repeat(32),
    where: 'message/0/content',
  }));
  const question = { point: /** @type {const} */ ('input'), context: { findings, unseen: [], unchecked: [] } };
  const decisions = /** @type {const} */ ([
    {
      kind: 'access',
      question: { action: 'use-model', context: { route: 'default', protocol: 'openai-chat' } },
      decision: ALLOW,
    },
    { kind: 'guard', question, findingsTotal: 2, decision: { ...ALLOW, verdict: 'block' } },
  ]);
  const shared = /** @type {const} */ ({ ...base, decisions, receipt: receiptOf(n) });
  const redacted = { [`personal-data-${n}`]: 1 };
  return [
    { ...shared, kind: 'opened', provider, effect: 'redact', redacted, detectors: 'd'.repeat(64) },
    { ...base, kind: 'decided', tool: `tool-${n}`, decisions: [], effect: 'allow' },
    {
      ...shared,
      kind: 'closed',
      outcome: 'completed',
      status: 200,
      upstreamStatus: 200,
      upstream: { provider, tries: 1 },
      effect: 'redact',
      redacted,
      restored: 0,
      answer: { finishReasons: ['stop'], usage: { inputTokens: 900, outputTokens: 300 } },
      releasedChars: 900,
      ms: { total: 400 + (n % 900), beforeUpstream: 1 + (n % 7), upstreamFirstByte: 90 + (n % 50), held: n % 5 },
    },
    ...(n % 10 === 0 ? [alertOf(exchange, at)] : []),
  ];
}

/**
 * @param {string} named
 * @param {string} at
 * @returns {import('@sallyport/core').AlertRecord}
 */
function alertOf(named, at) {
  return {
    v: 1,
    kind: 'alert',
    exchange: 'alerts',
    at,
    alert: `alr_${named}`,
    rule: 'attacks',
    severity: 'high',
    about: { tenant: 'default' },
    step: 'raised',
    evidence: { exchanges: [named] },
  };
}
