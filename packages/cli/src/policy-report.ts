import { describeProblem, type PolicyReview } from '@sallyport/runtime';

type Review = Extract<PolicyReview, { ok: true }>;

/** What a review says to a program. */
export function reviewJson({ policySet, policies, warnings, coverage, probes }: Review) {
  return {
    policySet,
    policies: policies.length,
    warnings,
    compiled: coverage.compiled.length,
    evaluatedByCedar: coverage.cedar,
    unprotected: probes.unprotected.map(({ point, category }) => ({ point, category })),
    monitoredOnly: probes.monitoredOnly.map(({ point, category, monitored }) => ({ point, category, monitored })),
  };
}

/** The same for people. What would pass unseen comes last, where the eye rests. */
export function describeReview(review: Review): string {
  const { policySet, policies, warnings, coverage, probes } = review;
  const slow = coverage.cedar.map(({ id, reason }) => `  slow   ${id}: ${reason}`);
  const monitored = probes.monitoredOnly.map(({ point, category }) => `  ${point}: ${category}: reported only`);
  const unprotected = probes.unprotected.map(({ point, category }) => `  ${point}: ${category}`);
  return [
    `${policies.length} policies, set ${policySet.slice(0, 12)}, ${coverage.compiled.length} compiled`,
    ...warnings.map((warning) => `  warning ${describeProblem(warning)}`),
    ...slow,
    ...monitored,
    unprotected.length === 0
      ? `${probes.results.length} probes: every one meets a policy`
      : `UNPROTECTED, ${unprotected.length} of ${probes.results.length} probes meet no policy:`,
    ...unprotected,
    '',
  ].join('\n');
}
