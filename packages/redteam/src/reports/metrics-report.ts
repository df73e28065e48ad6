import type { DrillShare, DrillSummary } from '../summarize.ts';

const SHARES = 'sallyport_drill_share';
const BOUNDS = 'sallyport_drill_bound';
const REQUESTS = 'sallyport_drill_requests';

/** The shares of one drill in Prometheus' exposition format, for a collector of text files. @param endedMs since 1970 */
export function metricsReport({ attacks, benign, byFamily }: DrillSummary, endedMs: number): string {
  const sides: readonly (readonly [string, DrillShare])[] = [
    ['side="attack",family="all"', attacks],
    ...byFamily.map((share) => [`side="attack",family="${share.name}"`, share] as const),
    ['side="benign",family="all"', benign],
  ];
  return [
    `# HELP ${SHARES} Attacks that got through, benign texts that were blocked, of those that were answered.`,
    `# TYPE ${SHARES} gauge`,
    ...sides.flatMap(([labels, { share }]) => (share === undefined ? [] : [`${SHARES}{${labels}} ${share}`])),
    `# HELP ${BOUNDS} The ends of the share's interval, Wilson's, 95 %.`,
    `# TYPE ${BOUNDS} gauge`,
    ...sides.flatMap(([labels, { interval }]) =>
      interval === undefined
        ? []
        : [`${BOUNDS}{${labels},end="low"} ${interval.low}`, `${BOUNDS}{${labels},end="high"} ${interval.high}`],
    ),
    `# HELP ${REQUESTS} Requests of the drill.`,
    `# TYPE ${REQUESTS} gauge`,
    ...sides.flatMap(([labels, { answered, unanswered }]) => [
      `${REQUESTS}{${labels},answered="true"} ${answered}`,
      `${REQUESTS}{${labels},answered="false"} ${unanswered}`,
    ]),
    '# HELP sallyport_drill_ended_seconds When the drill ended, since 1970.',
    '# TYPE sallyport_drill_ended_seconds gauge',
    `sallyport_drill_ended_seconds ${Math.floor(endedMs / 1_000)}`,
    '',
  ].join('\n');
}
