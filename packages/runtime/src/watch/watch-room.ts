import {
  type AuditRecord,
  knownError,
  type Recorder,
  type SallyportError,
  SIGNAL_NAMES_MAX,
  type SignalRecord,
} from '@sallyport/core';
import { type Scope, type Series, SignalBoard, type SignalMove } from '@sallyport/monitor';
import type { IndexedRecord } from '@sallyport/record';
import type { MonitorConfig } from '../config/index.ts';
import { RecordQueue } from '../record-queue.ts';
import { RecordRate } from '../record-rate.ts';
import { liveEvent } from './live-event.ts';
import { LiveFeed } from './live-feed.ts';
import { type SessionAtRisk, SessionsAtRisk } from './sessions-at-risk.ts';
import { type ShownSeries, shownSeries } from './shown-series.ts';

/** Moves that are recorded at once, and per second afterwards: an outage moves all that it touches. */
export const MOVES_BURST = 50;
export const MOVES_PER_SECOND = 0.5;
/** As many findings beside them: a flood of harmless moves hides none. */
export const FINDINGS_BURST = 50;
export const FINDINGS_PER_SECOND = 0.5;
/** Series, and sessions, that are shown at once. */
export const SERIES_SHOWN_MAX = 200;

export interface WatchParts {
  readonly monitor: MonitorConfig;
  readonly recorder: Recorder;
  readonly newId: () => string;
  readonly iso: () => string;
  /** Milliseconds of a clock that only goes forward, and since 1970. */
  readonly nowMs: () => number;
  readonly dateMs: () => number;
  readonly defer: (run: () => void) => void;
  readonly report: (error: SallyportError) => void;
}

export interface SeriesQuery {
  readonly scope: Scope;
  /** Whose; default: all. What is shared by tenants belongs to none of them. */
  readonly tenant?: string | undefined;
  /** 1..200, default 20. */
  readonly limit?: number;
}

/** How monitoring itself does. */
export interface WatchStatus {
  readonly series: number;
  readonly bytes: number;
  /** Records that it could not keep up with. */
  readonly dropped: number;
  /** Records on which it failed. */
  readonly failed: number;
  readonly watchers: number;
}

/** Where records are watched as they become durable: signals, what moved, and events for whoever looks on. */
export class WatchRoom {
  readonly feed: LiveFeed;
  readonly #parts: WatchParts;
  readonly #board: SignalBoard;
  readonly #sessions = new SessionsAtRisk();
  readonly #queue: RecordQueue;
  readonly #moves: RecordRate;
  readonly #findings: RecordRate;
  #failed = 0;
  #isClosed = false;

  constructor(parts: WatchParts) {
    const { monitor, newId, defer, nowMs } = parts;
    this.#parts = parts;
    this.#board = new SignalBoard({ batch: monitor.batch });
    this.feed = new LiveFeed(newId(), monitor.liveEvents);
    this.#queue = new RecordQueue({ take: (record) => this.#take(record), defer });
    this.#moves = new RecordRate({ burst: MOVES_BURST, perSecond: MOVES_PER_SECOND }, nowMs);
    this.#findings = new RecordRate({ burst: FINDINGS_BURST, perSecond: FINDINGS_PER_SECOND }, nowMs);
  }

  /** Takes what the last run recorded for usual; says nothing of what moved then. A log that cannot be read teaches nothing. */
  learn(records: Iterable<Pick<IndexedRecord, 'record'>>): void {
    try {
      for (const { record } of records) {
        this.#board.take(record);
        this.#sessions.note(liveEvent(record));
      }
    } catch (error) {
      this.#parts.report(knownError(error));
    }
  }

  /** A record is durable. Returns at once; never throws. */
  observe(record: AuditRecord): void {
    if (this.#parts.monitor.enabled && !this.#isClosed) this.#queue.push(record);
  }

  status(): WatchStatus {
    const { size: series, bytes } = this.#board;
    return { series, bytes, dropped: this.#queue.dropped, failed: this.#failed, watchers: this.feed.watchers };
  }

  /** Those with most exchanges and calls come first. Cost: 2 us a series, and 10 us for each that is shown. */
  series({ scope, tenant, limit = 20 }: SeriesQuery): readonly ShownSeries[] {
    const nowMs = this.#parts.dateMs();
    const busy: (readonly [series: Series, came: number])[] = [];
    for (const series of this.#board.series(scope)) {
      if (tenant !== undefined && series.name.tenant !== tenant) continue;
      const came = series.slots(nowMs).reduce((sum, { exchanges, calls, asked }) => sum + exchanges + calls + asked, 0);
      if (came > 0) busy.push([series, came]);
    }
    busy.sort((a, b) => b[1] - a[1]);
    return busy.slice(0, Math.min(limit, SERIES_SHOWN_MAX)).map(([series]) => shownSeries(series, nowMs));
  }

  /** @param tenant whose; default: all */
  sessions({ tenant, limit = 20 }: Omit<SeriesQuery, 'scope'>): readonly SessionAtRisk[] {
    return this.#sessions.list(this.#parts.dateMs(), { tenant, max: Math.min(limit, SERIES_SHOWN_MAX) });
  }

  close(): void {
    this.#isClosed = true;
  }

  #take(record: AuditRecord): void {
    if (this.#isClosed) return;
    try {
      const event = liveEvent(record);
      this.feed.push(event);
      this.#sessions.note(event);
      for (const move of this.#board.take(record)) this.#tell(move);
    } catch (error) {
      // Monitoring that fails must be seen, and must not take the gateway with it.
      if (this.#failed === 0) this.#parts.report(knownError(error));
      this.#failed += 1;
    }
  }

  #tell(move: SignalMove): void {
    const taken = (move.category === undefined ? this.#moves : this.#findings).take();
    if (taken === undefined) return;
    // Before it is durable: exchanges until then would find it again.
    this.#board.told(move);
    const { recorder, newId, iso, report } = this.#parts;
    const { suppressed } = taken;
    const record = { ...recordOf(move), exchange: newId(), at: iso(), ...(suppressed > 0 && { suppressed }) };
    recorder.append(record).catch((error: unknown) => {
      this.#board.untold(move);
      report(knownError(error));
    });
  }
}

function recordOf({
  series,
  signal,
  category,
  fromMs,
  moved,
  ...said
}: SignalMove): Omit<SignalRecord, 'exchange' | 'at'> {
  const { direction, before, after, since, strength, exchanges } = said;
  const { scope, name, tenant } = series;
  return {
    v: 1,
    kind: 'signal',
    step: 'changed',
    signal,
    ...(category !== undefined && { category }),
    scope,
    name,
    ...(tenant !== undefined && { tenant }),
    direction,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    since,
    from: new Date(fromMs).toISOString(),
    strength,
    ...(moved !== undefined && { moved: moved.slice(0, SIGNAL_NAMES_MAX) }),
    exchanges,
  };
}
