import type {
  AuditRecord,
  Category,
  Fault,
  FeedbackStore,
  FeedbackVerdict,
  LanguageGroup,
  RecordedFinding,
  ScoredText,
  StoredFeedback,
} from '@sallyport/core';
import { channelOf } from '@sallyport/detectors';
import { rawScoresOf } from './open-text-scorer.ts';

/** The newest that are listed. */
export const FEEDBACK_LISTED_MAX = 10_000;

export interface FeedbackOfficeParts {
  readonly store: FeedbackStore;
  /** All records of an exchange. */
  readonly records: (exchange: string) => readonly AuditRecord[];
  readonly iso: () => string;
}

export interface GivenFeedback {
  readonly exchange: string;
  readonly verdict: FeedbackVerdict;
  /** What it is about; default: everything that can be calibrated. */
  readonly category?: Category | undefined;
  readonly by: string;
}

/** Has the log told first. @throws {SallyportError} `RECORD_FAILED`, and nothing is kept */
type TellFirst = (targets: readonly string[]) => Promise<void>;

/** Where operators say which exchanges were judged wrongly. What is kept is what the records say of them: scores. */
export class FeedbackOffice {
  readonly #parts: FeedbackOfficeParts;

  constructor(parts: FeedbackOfficeParts) {
    this.#parts = parts;
  }

  /** The newest first, at most `FEEDBACK_LISTED_MAX`. */
  list(): readonly StoredFeedback[] {
    return this.#parts.store.list(FEEDBACK_LISTED_MAX);
  }

  /** Takes the place of what was said of the exchange before. @returns what is kept, or `NOT_FOUND` where no record knows the exchange */
  async give(
    { exchange, verdict, category, by }: GivenFeedback,
    tellFirst: TellFirst,
  ): Promise<StoredFeedback | Fault> {
    const { store, records, iso } = this.#parts;
    const found = records(exchange);
    if (!found.some(({ kind }) => kind === 'opened')) return { fault: 'NOT_FOUND' };
    const feedback = { exchange, at: iso(), by, verdict, scores: scoresIn(found, category) };
    await tellFirst([exchange, verdict, ...(category === undefined ? [] : [category])]);
    store.put(feedback);
    return feedback;
  }

  /** @returns what was taken back, or `NOT_FOUND` where nothing was said */
  async undo(exchange: string, tellFirst: TellFirst): Promise<StoredFeedback | Fault> {
    const { store } = this.#parts;
    const feedback = store.get(exchange);
    if (feedback === undefined) return { fault: 'NOT_FOUND' };
    await tellFirst([exchange]);
    store.remove(exchange);
    return feedback;
  }
}

/** The highest scores of an exchange by channel and group of languages. */
function scoresIn(records: readonly AuditRecord[], category: Category | undefined): readonly ScoredText[] {
  const findings = new Map<string, { readonly at: Omit<ScoredText, 'scores'>; readonly found: RecordedFinding[] }>();
  for (const record of records) {
    if (!('decisions' in record)) continue;
    for (const decision of record.decisions) {
      const channel = decision.kind === 'guard' ? channelOf(decision.question) : undefined;
      if (decision.kind !== 'guard' || channel === undefined) continue;
      for (const finding of decision.question.context.findings) {
        const language: LanguageGroup = finding.language ?? 'latin';
        const key = `${channel} ${language}`;
        const cell = findings.get(key) ?? { at: { channel, language }, found: [] };
        findings.set(key, cell);
        cell.found.push(finding);
      }
    }
  }
  return Array.from(findings.values(), ({ at, found }) => ({
    ...at,
    scores: only(rawScoresOf(found), category),
  })).filter(({ scores }) => Object.keys(scores).length > 0);
}

function only(scores: ScoredText['scores'], category: Category | undefined): ScoredText['scores'] {
  if (category === undefined) return scores;
  const score = scores[category];
  return score === undefined ? {} : { [category]: score };
}
