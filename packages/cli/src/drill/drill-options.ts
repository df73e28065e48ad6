import {
  DRILL_PROTOCOLS,
  type DrillCase,
  type DrillWay,
  FAMILIES,
  isDrillProtocol,
  planDrill,
} from '@sallyport/redteam';
import { visibleText } from '@sallyport/text';
import type { ConfigFlags } from '../command.ts';
import { durationMs } from '../duration.ts';

export const DRILL_FORMATS = ['table', 'json', 'sarif', 'junit', 'metrics'] as const;
export type DrillFormat = (typeof DRILL_FORMATS)[number];
export const STREAM_CHOICES = ['both', 'always', 'never'] as const;

export interface DrillFlags extends ConfigFlags {
  readonly url?: string;
  readonly model: string;
  readonly protocol?: readonly string[];
  readonly stream?: (typeof STREAM_CHOICES)[number];
  readonly family?: readonly string[];
  readonly live?: boolean;
  readonly seed: string;
  readonly budget: string;
  readonly rate?: string;
  readonly timeout: string;
  readonly every?: string;
  readonly maxSuccess?: string;
  readonly maxBenignBlocked?: string;
  readonly format: DrillFormat;
  readonly report?: string;
  readonly saveCases?: string;
  readonly cases?: string;
}

export interface DrillNumbers {
  readonly budget: number;
  readonly rate: number;
  readonly timeoutMs: number;
  /** From the start of one drill to that of the next; absent where there is one alone. */
  readonly everyMs: number | undefined;
  readonly maxSuccess: number | undefined;
  readonly maxBenignBlocked: number | undefined;
}

/** Requests that one drill makes at most. */
const BUDGET_MAX = 100_000;
/** Requests a second at most. */
const RATE_MAX = 1_000;
/** Requests a second where nothing is said: of one drill that somebody waits for, and of drills beside traffic. */
const [RATE_ONCE, RATE_EVERY] = ['20', '2'];
const TIMEOUT_MAX_SECONDS = 600;
const MINUTE_MS = 60_000;

/** The numbers among the flags, or what is wrong with them. */
export function drillNumbers(flags: DrillFlags): DrillNumbers | string {
  const { budget, timeout, every, maxSuccess, maxBenignBlocked } = flags;
  const rate = flags.rate ?? (every === undefined ? RATE_ONCE : RATE_EVERY);
  const everyMs = every === undefined ? undefined : durationMs(every);
  const shares = [maxSuccess, maxBenignBlocked].filter((share) => share !== undefined);
  if (!within(budget, { least: 2, most: BUDGET_MAX }) || !Number.isInteger(Number(budget)))
    return `\`--budget\` is a whole number of 2 to ${BUDGET_MAX} requests`;
  if (!within(rate, { least: 0.001, most: RATE_MAX })) return `\`--rate\` is 0.001 to ${RATE_MAX} requests a second`;
  if (!within(timeout, { least: 1, most: TIMEOUT_MAX_SECONDS }))
    return `\`--timeout\` is 1 to ${TIMEOUT_MAX_SECONDS} seconds`;
  if (every !== undefined && (everyMs === undefined || everyMs < MINUTE_MS))
    return '`--every` is a time of a minute or more, such as 30m, 6h or 1d';
  if (!shares.every((share) => within(share, { least: 0, most: 1 })))
    return '`--max-success` and `--max-benign-blocked` are shares of 0 to 1';
  return {
    budget: Number(budget),
    rate: Number(rate),
    timeoutMs: Number(timeout) * 1_000,
    everyMs,
    maxSuccess: maxSuccess === undefined ? undefined : Number(maxSuccess),
    maxBenignBlocked: maxBenignBlocked === undefined ? undefined : Number(maxBenignBlocked),
  };
}

function within(text: string, { least, most }: { readonly least: number; readonly most: number }): boolean {
  return /^\d{1,9}(?:\.\d{1,9})?$/.test(text) && Number(text) >= least && Number(text) <= most;
}

/** What is to be sent: cases as they stand, or those that a plan makes of a seed. */
export interface DrillSource {
  /** Protocols that cases need; of a plan, those that may be asked. */
  readonly protocols: DrillWay['protocol'][];
  /** Whether the user asked for each of them: where nobody did, those that a route doesn't speak are left out. */
  readonly wanted: boolean;
  readonly casesFor: (seed: string, protocols: readonly DrillWay['protocol'][]) => readonly DrillCase[];
}

/** What the flags say is to be sent, or what is wrong with them. */
export function drillSource(flags: DrillFlags, budget: number): DrillSource | string {
  const { family: families = [], protocol = [], live = false } = flags;
  const known = FAMILIES.map(({ id }) => id);
  const unknown = families.find((id) => !known.includes(id));
  if (unknown !== undefined) return `no family \`${visibleText(unknown)}\`; there are: ${known.join(', ')}`;
  const odd = protocol.find((id) => !isDrillProtocol(id));
  if (odd !== undefined) return `no protocol \`${visibleText(odd)}\`; there are: ${DRILL_PROTOCOLS.join(', ')}`;
  const stream = flags.stream ?? (live ? 'never' : 'both');
  if (live && stream !== 'never') return 'a true model is asked for whole answers: `--live` takes no `--stream`';
  const named = protocol.filter(isDrillProtocol);
  const forms = { both: [false, true], always: [true], never: [false] }[stream];
  return {
    protocols: [...(named.length > 0 ? named : DRILL_PROTOCOLS)],
    wanted: named.length > 0,
    casesFor: (seed, protocols) => {
      const ways = protocols.flatMap((each) => forms.map((isStream) => ({ protocol: each, stream: isStream })));
      return planDrill({ seed, budget, families, ways });
    },
  };
}

/** Cases that were read: the same each time. */
export function sourceOf(cases: readonly DrillCase[]): DrillSource {
  return { protocols: [...new Set(cases.map(({ protocol }) => protocol))], wanted: true, casesFor: () => cases };
}
