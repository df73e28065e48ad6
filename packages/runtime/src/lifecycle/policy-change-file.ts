import { DECISION_CHANGES, type DecisionChange, type PolicyChange } from '@sallyport/core';
import { z } from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime();
const changes = z.strictObject(
  Object.fromEntries(DECISION_CHANGES.map((change) => [change, count])) as Record<DecisionChange, typeof count>,
);
const backtest = z.strictObject({
  records: count,
  of: count,
  decisions: count,
  notReplayed: count,
  from: time.optional(),
  to: time.optional(),
  changes,
});
const schema = z.strictObject({
  policySet: z.string().regex(/^[0-9a-f]{64}$/),
  promoted: z.array(z.string().min(1).max(100)).max(2_000),
  backtest,
  by: z.string().min(1).max(100),
  reason: z.string().min(1).max(1_000),
  at: time,
});

/**
 * Reads `change.json`, which `sallyport policy promote` leaves beside the policies. It counts for the very set that it names, so
 * that what is said of one set never stands in the record of another.
 * @returns nothing where it is not there, not valid, or about another set
 */
export function readPolicyChange(text: string | undefined, policySet: string): PolicyChange | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success || parsed.data.policySet !== policySet) return undefined;
  const { from, to, ...counts } = parsed.data.backtest;
  return { ...parsed.data, backtest: { ...counts, ...(from && { from }), ...(to && { to }) } };
}

/** The file's text. */
export function policyChangeText(change: PolicyChange): string {
  return `${JSON.stringify(change, undefined, 2)}\n`;
}
