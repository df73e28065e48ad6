import { type DecidedRecord, effectOf, type RecordedDecision, strongestOf } from '@sallyport/core';

/** The decisions of a record, but of a call that the policies of its tool were asked about besides only the stronger one. */
export function countedDecisions({ decisions }: Pick<DecidedRecord, 'decisions'>): readonly RecordedDecision[] {
  const calls = decisions.filter((each) => each.kind === 'guard' && each.question.point === 'tool-call');
  const isTyped = calls.some((each) => each.kind === 'guard' && each.question.typedAction !== undefined);
  if (calls.length < 2 || !isTyped) return decisions;
  const strongest = strongestOf(calls.map(({ decision }) => effectOf(decision)));
  const counted = calls.find(({ decision }) => effectOf(decision) === strongest);
  return decisions.filter((each) => each === counted || !calls.includes(each));
}
