import { AnswerCapture } from './answer-capture.ts';
import type { AnswerGuard } from './answer-guard.ts';
import { CaptureBook } from './capture-book.ts';
import { captureRequest } from './capture-request.ts';
import type { PolicyEngine } from './decision.ts';
import { knownError, SallyportError } from './errors.ts';
import type { WholeMatter } from './exchange-log.ts';
import type { Arrival, ContentRoom, House } from './house.ts';
import type { CapturedRecord } from './operator-records.ts';
import { type PayloadPart, subjectOf } from './payload-store.ts';
import type { PlaceholderTable } from './placeholders.ts';

/** A payload that is sealed, or could not be, and the record of it on its way. */
interface Sealed {
  readonly recorded: Promise<void>;
  readonly failure: SallyportError | undefined;
}

const NOTHING: readonly Promise<void>[] = [];

/**
 * What policy wants of one exchange under lock. A payload is in its store before the log says so: a crash in between leaves one that no
 * record speaks of, never a record of what is not there. Where no policy wants anything, nothing is done and nothing kept.
 */
export class ExchangeCapture {
  private readonly arrival: Pick<Arrival, 'id' | 'principal'>;
  private readonly house: House;
  private readonly points: PolicyEngine['captures'];
  private kept: Promise<void> | undefined;
  private guard: AnswerGuard | undefined;
  private session: string | undefined;
  /** Bytes that the exchange has left. */
  private roomBytes: number;
  private isEnded = false;

  constructor(arrival: Pick<Arrival, 'id' | 'principal'>, house: House, { captures }: Pick<PolicyEngine, 'captures'>) {
    this.arrival = arrival;
    this.house = house;
    this.points = captures;
    this.roomBytes = house.content?.limits.maxExchangeBytes ?? 0;
  }

  /** Whether any policy may want something put under lock. */
  get isOn(): boolean {
    return this.points !== undefined;
  }

  /** Puts under lock what is wanted of the request; `whenKept()` says when it is. */
  opened(matter: WholeMatter, session: string | undefined): void {
    this.session = session;
    this.keepPart('request', matter);
  }

  /** The same of an answer that came in one piece, and was judged like a request. */
  answeredWhole(matter: WholeMatter): void {
    this.keepPart('answer', matter);
  }

  private keepPart(part: PayloadPart, matter: WholeMatter): void {
    if (this.points === undefined) return;
    const book = this.book();
    captureRequest(matter, book);
    if (book.isEmpty) return;
    this.kept = this.keepWhole(part, book);
    // A failure shows where it is awaited; until then it must not count as unhandled.
    this.kept.catch(() => undefined);
  }

  /** Resolves when the request is under lock, and the log says so: no byte of an answer may leave before. */
  async whenKept(): Promise<void> {
    await this.kept;
  }

  /** Keeps the answer's texts until it has ended. */
  answer(placeholders: PlaceholderTable): AnswerCapture | undefined {
    const { points } = this;
    const maxChars = this.house.content?.limits.maxTextBytes ?? 0;
    return points === undefined ? undefined : new AnswerCapture({ placeholders, points, maxChars });
  }

  watch(guard: AnswerGuard): void {
    this.guard = guard;
  }

  /** Puts under lock what is wanted of the answer, once. @returns its record on its way to the log, ahead of whatever is recorded next */
  async ended(): Promise<readonly Promise<void>[]> {
    const { guard } = this;
    if (this.isEnded || guard === undefined) return NOTHING;
    this.isEnded = true;
    const book = this.book();
    guard.captured(book);
    if (book.isEmpty) return NOTHING;
    const { recorded, failure } = await this.keep('answer', book);
    if (failure === undefined) return [recorded];
    await recorded;
    throw failure;
  }

  private book(): CaptureBook {
    const maxTextBytes = this.house.content?.limits.maxTextBytes ?? 0;
    return new CaptureBook({ maxTextBytes, maxExchangeBytes: this.roomBytes });
  }

  private async keepWhole(part: PayloadPart, book: CaptureBook): Promise<void> {
    const { recorded, failure } = await this.keep(part, book);
    await recorded;
    if (failure !== undefined) throw failure;
  }

  private async keep(part: PayloadPart, book: CaptureBook): Promise<Sealed> {
    const { content, clock, recorder } = this.house;
    const { id: exchange, principal } = this.arrival;
    if (content === undefined) throw new SallyportError('CAPTURE_FAILED', { detail: 'content has no keys' });
    this.roomBytes -= book.bytes;
    const subject = subjectOf(content.subject, principal, this.session);
    const { texts, values } = book.content;
    const about = {
      v: 1,
      kind: 'captured',
      exchange,
      part,
      subject: content.store.recorded(subject),
      texts: texts.length,
      values: values.length,
      bytes: book.bytes,
      left: book.left,
      cutChars: book.cutChars,
    } as const;
    const record = (more: Partial<CapturedRecord>) => recorder.append({ ...about, at: clock.iso(), ...more });
    try {
      const kept = await content.store.keep({ exchange, part, subject, content: book.content });
      const recorded = record(kept);
      recorded.catch(() => undefined);
      return { recorded, failure: undefined };
    } catch (error) {
      return this.failed(knownError(error), { content, record });
    }
  }

  private failed(error: SallyportError, { content, record }: Failing): Sealed {
    this.house.report(error, this.arrival.id);
    const recorded = record({ failed: error.code });
    recorded.catch(() => undefined);
    const { detail } = error;
    const failure = new SallyportError('CAPTURE_FAILED', { cause: error, ...(detail !== undefined && { detail }) });
    return { recorded, failure: content.posture === 'closed' ? failure : undefined };
  }
}

interface Failing {
  readonly content: ContentRoom;
  readonly record: (more: Partial<CapturedRecord>) => Promise<void>;
}
