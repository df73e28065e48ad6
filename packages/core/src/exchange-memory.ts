import type { AnswerGuard } from './answer-guard.ts';
import { Continuation } from './continuation.ts';
import type { DetectedRequest } from './detect.ts';
import type { Arrival, House } from './house.ts';
import type { LateLabels } from './late-labels.ts';
import { type LabelParts, openLabels } from './open-labels.ts';
import type { PlaceholderTable } from './placeholders.ts';
import type { BodyFacts } from './protocol.ts';
import { SessionThread } from './session-thread.ts';
import type { RecordedSession } from './sessions.ts';
import type { UnseenHistory } from './transcript.ts';

/** Where the answer is kept, and who keeps it. */
export interface KeptAt {
  readonly route: string;
  readonly provider: string;
  readonly model: string;
}

/** How an exchange ended, as far as the session goes. */
export interface Ending {
  /** A provider has answered. */
  readonly sent: boolean;
  /** The client has the whole answer, and it is no error. */
  readonly whole: boolean;
  /** Answers that the request asked for. */
  readonly choices: number | undefined;
}

/** What an exchange goes on with, and what is remembered of it for those that go on with it: in the ledger and in its session. */
export class ExchangeMemory {
  readonly continuation: Continuation;
  private readonly arrival: Arrival;
  private readonly sessions: House['sessions'];
  private thread: SessionThread | undefined;
  private late: LateLabels | undefined;
  private placeholders: PlaceholderTable | undefined;
  private guard: AnswerGuard | undefined;
  private kept: KeptAt | undefined;
  private sources: readonly string[] = [];

  constructor(arrival: Arrival, house: House, facts: BodyFacts) {
    this.arrival = arrival;
    this.sessions = house.sessions;
    this.continuation = new Continuation(arrival, house, facts);
  }

  get session(): RecordedSession | undefined {
    return this.thread?.session;
  }

  /** Finds the session that a request goes on with. */
  recognise(detected: DetectedRequest): SessionThread {
    const { arrival, sessions, continuation } = this;
    this.thread = new SessionThread(detected, { arrival, sessions, continuation });
    return this.thread;
  }

  /** Where the values of the answer's calls will come from. */
  label(detected: DetectedRequest, parts: Omit<LabelParts, 'before'>): LateLabels {
    this.late = openLabels(detected, { ...parts, before: this.thread?.before });
    return this.late;
  }

  /** Which data sources the exchange reads. */
  reads(sources: readonly string[]): void {
    this.sources = sources;
  }

  placing(placeholders: PlaceholderTable): void {
    this.placeholders = placeholders;
  }

  watch(guard: AnswerGuard): void {
    this.guard = guard;
  }

  /** Notes under which ids the provider keeps the answer, before the client learns of them. */
  remember(ids: readonly string[], at: KeptAt): void {
    this.kept = at;
    this.keep(ids.filter((id) => !this.continuation.isRemembered(id)));
  }

  /** The answer has ended. What was placed in it has a number from now on, whoever goes on with it. */
  ended(ending: Ending): void {
    const { brought = false, writes = 0 } = this.guard ?? {};
    if ((this.placeholders?.size ?? 0) > 0 || brought || writes > 0) {
      this.keep((this.guard?.facts.stored ?? []).filter((id) => this.continuation.isRemembered(id)));
    }
    this.settle(ending);
  }

  /** The answer was refused: nobody goes on with it. */
  refused(ending: Ending): void {
    this.continuation.forget();
    this.settle(ending);
  }

  private settle({ sent, whole, choices }: Ending): void {
    const { guard, late } = this;
    this.thread?.answered({
      sent,
      whole: whole && guard?.facts.error !== true,
      ...(guard?.served(whole && choices === 1) ?? { texts: [], calls: [] }),
      history: late?.history,
      brought: guard?.brought ?? false,
    });
  }

  private keep(ids: readonly string[]): void {
    if (ids.length === 0 || this.kept === undefined) return;
    const placed = this.placeholders?.placed ?? [];
    const sessionId = this.session?.id;
    this.continuation.remember(ids, {
      ...this.kept,
      placed,
      ...(this.sources.length > 0 && { sources: this.sources }),
      session: this.unseen(),
      ...(sessionId !== undefined && { sessionId }),
    });
  }

  /** What has come of the session, for whoever goes on with what the provider keeps of it. */
  private unseen(): UnseenHistory {
    const history = this.late?.get().history ?? NOTHING_READ;
    const { brought = false, writes = 0 } = this.guard ?? {};
    return {
      tainted: history.tainted || brought,
      private: history.private || brought,
      writes: history.writes + writes,
    };
  }
}

const NOTHING_READ: UnseenHistory = { tainted: false, private: false, writes: 0 };
