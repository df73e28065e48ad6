import { type ClosedRecord, providerFindingType } from '@sallyport/core';

const REFUSAL = providerFindingType('refusal');

/** Whether the model declined to answer, by how it says that it ended or by what its provider's guardrails say. */
export function isRefused({ answer, decisions }: Pick<ClosedRecord, 'answer' | 'decisions'>): boolean {
  if (answer.finishReasons?.[0] === 'refusal') return true;
  return decisions.some(
    (recorded) => recorded.kind === 'guard' && recorded.question.context.findings.some(({ type }) => type === REFUSAL),
  );
}
