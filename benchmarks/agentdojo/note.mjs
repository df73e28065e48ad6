/** @typedef {import('@sallyport/core').AuditRecord} AuditRecord */
/** @typedef {import('@sallyport/core').RecordedDecision} RecordedDecision */
/** @typedef {'allow' | 'flag' | 'redact' | 'ask' | 'block'} Effect */

const EFFECTS = /** @type {const} */ (['allow', 'flag', 'redact', 'ask', 'block']);

/**
 * What was found at one place of an exchange, without its text.
 * @typedef {object} Found
 * @property {string} point the checkpoint
 * @property {string} category
 * @property {string} type
 * @property {string} where such as `message/3/content`
 * @property {string} key the same for the same text at the same place of a later turn
 * @property {string} value the same for the same value anywhere
 * @property {number} score 0..1
 * @property {boolean} redacted
 */

/**
 * What the records say of one exchange.
 * @typedef {object} Note
 * @property {Effect} effect
 * @property {{ point: string, policies: string[] } | undefined} stop the decision that ended it
 * @property {string[]} held checkpoint and policy of each that held, monitor mode left out
 * @property {Found[]} found
 * @property {Record<string, number>} redacted by type; `withheld` counts whole texts
 * @property {number} callsBlind tool calls that carry a value which the model was shown only as a placeholder
 */

/**
 * @param {readonly AuditRecord[]} records of one exchange
 * @returns {Note}
 */
export function noteOf(records) {
  const decisions = records.flatMap((record) => ('decisions' in record ? record.decisions : []));
  const found = decisions.flatMap(foundIn);
  const closed = records.find((record) => record.kind === 'closed');
  const hidden = new Set(found.flatMap(({ point, redacted, value }) => (redacted && isInput(point) ? [value] : [])));
  const blind = records.filter(
    (record) => record.kind === 'decided' && record.decisions.flatMap(foundIn).some(({ value }) => hidden.has(value)),
  );
  return {
    effect: EFFECTS[Math.max(0, ...records.map((record) => rankOf(record)))] ?? 'allow',
    stop: stopIn(records),
    held: [...new Set(decisions.flatMap(heldIn))],
    found,
    redacted: closed?.redacted ?? {},
    callsBlind: blind.length,
  };
}

/** @param {RecordedDecision} recorded */
function heldIn({ kind, question, decision }) {
  return kind === 'access' ? [] : decision.policies.map((policy) => `${question.point}: ${policy}`);
}

/** @param {AuditRecord} record */
function rankOf(record) {
  return 'effect' in record ? EFFECTS.indexOf(record.effect) : 0;
}

/** @param {string} point */
function isInput(point) {
  return point !== 'output' && point !== 'tool-call';
}

/**
 * @param {RecordedDecision} recorded
 * @returns {Found[]}
 */
function foundIn(recorded) {
  if (recorded.kind === 'access') return [];
  const { point, context } = recorded.question;
  /** @type {readonly import('@sallyport/core').RecordedFinding[]} */
  const findings = context.findings;
  return findings.map(({ category, type, score, where, span, fingerprint }, index) => ({
    point,
    category,
    type,
    score,
    where,
    key: [point, type, where, span.start, span.end].join(' '),
    value: `${type} ${fingerprint}`,
    redacted: recorded.decision.redact.includes(index),
  }));
}

/**
 * The decision that ended the exchange: on the way in the first that stops, since earlier messages are judged after what is
 * new and only withheld; on the way back the last.
 * @param {readonly AuditRecord[]} records
 */
function stopIn(records) {
  if (!records.some((record) => record.kind === 'closed' && record.outcome === 'refused')) return undefined;
  const stops = (/** @type {AuditRecord} */ record) =>
    'decisions' in record ? record.decisions.filter(({ decision }) => decision.verdict !== 'allow') : [];
  const opened = records.find((record) => record.kind === 'opened');
  const atInput = opened !== undefined && rankOf(opened) >= EFFECTS.indexOf('ask');
  const stop = atInput
    ? stops(opened)[0]
    : records
        .filter(({ kind }) => kind !== 'opened')
        .flatMap(stops)
        .at(-1);
  if (stop === undefined) return undefined;
  const point = stop.kind === 'access' ? stop.question.action : stop.question.point;
  const { policies, flags } = stop.decision;
  return { point, policies: policies.filter((policy) => !flags.includes(policy)) };
}
