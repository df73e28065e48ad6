import type { AnswerGuard } from './answer-guard.ts';
import type { DecidedCall } from './answer-parts.ts';
import { backendOf } from './backend-headers.ts';
import type { RequestRuling, Ruling } from './decide.ts';
import { strongestOf } from './decision.ts';
import type { DetectedRequest } from './detect.ts';
import type { EnforcedRequest } from './enforce.ts';
import { type ErrorCode, SallyportError } from './errors.ts';
import type { ExchangeBudget, SpentMatter } from './exchange-budget.ts';
import type { Arrival, House } from './house.ts';
import type { Identified } from './identify-exchange.ts';
import { ownerOf } from './owner.ts';
import type { AnswerFacts } from './protocol.ts';
import type { ProviderAnswer } from './provider.ts';
import { ReceiptBook, sumOf } from './receipt.ts';
import type { ClosedRecord, DecidedRecord, ExchangeOutcome, OpenedRecord, TriedUpstream } from './record.ts';
import type { Receipt, RecordedScene } from './recorded-decision.ts';
import { recordedName } from './recorded-name.ts';
import type { RecordedSession } from './sessions.ts';
import { newestWords } from './text-sketch.ts';
import type { CallSpan, ExchangeSpans } from './tracing.ts';
import type { Effect } from './vocabulary.ts';

/** What was seen, decided and done of something that came whole. */
export interface WholeMatter {
  readonly detected: DetectedRequest;
  readonly ruling: RequestRuling;
  readonly enforced: EnforcedRequest;
}

export interface OpenedMatter extends WholeMatter {
  /** On the data sources that the request reaches. */
  readonly reads: readonly Ruling[];
}

export interface ClosedMatter {
  readonly outcome: ExchangeOutcome;
  readonly status: number;
  readonly fault?: ErrorCode;
}

export interface LogParts {
  readonly house: House;
  /** Hash of the sets that decide on this exchange. */
  readonly policySet: string;
  readonly budget: ExchangeBudget;
}

/** The records of one exchange: `opened` once, `decided` for each tool call, `closed` once, whatever happens. */
export class ExchangeLog {
  private readonly arrival: Arrival;
  private readonly house: House;
  private readonly policySet: string;
  private readonly budget: ExchangeBudget;
  private readonly startedMs: number;
  private readonly spans: ExchangeSpans | undefined;
  private identified: Identified | undefined;
  private guard: AnswerGuard | undefined;
  private session: RecordedSession | undefined;
  private effect: Effect = 'allow';
  private receipt: Receipt = new ReceiptBook().toReceipt();
  private redacted: Readonly<Record<string, number>> = {};
  private policyIds: readonly string[] = [];
  private sketch: string | undefined;
  private durable: Promise<void> | undefined;
  private closed = false;
  private finalReceipt: Receipt | undefined;
  private beforeUpstreamMs: number | undefined;
  private upstreamFirstByteMs: number | undefined;
  private upstreamStatus: number | undefined;
  private backend: readonly string[] = [];
  private upstream: TriedUpstream | undefined;

  constructor(arrival: Arrival, { house, policySet, budget }: LogParts) {
    this.arrival = arrival;
    this.house = house;
    this.policySet = policySet;
    this.budget = budget;
    this.startedMs = house.clock.nowMs();
    const { id: exchange, endpoint, annotations } = arrival;
    this.spans = house.tracing?.begin({ exchange, operation: endpoint.operation, parent: annotations?.trace });
  }

  identify(identified: Identified): void {
    const { facts } = identified;
    const { model, tools } = facts;
    this.identified = {
      ...identified,
      facts: { ...facts, model: recordedName(model), tools: tools.map(recordedName) },
    };
  }

  /** It is known which session the request goes on with, if any. */
  joined(session: RecordedSession | undefined): void {
    this.session = session;
  }

  watch(guard: AnswerGuard): void {
    this.guard = guard;
  }

  sent(): void {
    this.beforeUpstreamMs = this.elapsedMs();
  }

  tried(upstream: TriedUpstream): void {
    this.upstream = upstream;
  }

  /** The span of a try, where the exchange is traced. */
  spanOf(upstream: TriedUpstream): CallSpan | undefined {
    return this.spans?.call(upstream);
  }

  answered({ status, headers }: Pick<ProviderAnswer, 'status' | 'headers'>): void {
    this.upstreamStatus = status;
    this.backend = backendOf(headers);
    this.upstreamFirstByteMs = this.elapsedMs();
  }

  /** How far it came, as far as what it used goes. */
  get spent(): Pick<SpentMatter, 'sent' | 'upstreamStatus' | 'guard'> {
    const { beforeUpstreamMs, upstreamStatus, guard } = this;
    return { sent: beforeUpstreamMs !== undefined, upstreamStatus, guard };
  }

  /** Records the input's decision; `whenOpened()` says when it is durable. */
  opened({ detected, reads, ruling, enforced }: OpenedMatter): void {
    const book = new ReceiptBook();
    for (const { chars, lines, unseen, segments } of detected.slices) {
      book.add({ chars, lines, unseen, segments: segments.length });
    }
    if (detected.broken.length > 0) book.add({ chars: 0, lines: detected.broken, segments: 0 });
    const rulings = [...(this.identified?.choice.atDoor ?? []), ...reads, ...ruling.rulings];
    this.effect = ruling.stopped?.effect ?? ruling.effect;
    this.receipt = this.complete(book);
    this.redacted = enforced.redacted;
    this.policyIds = [...new Set(rulings.flatMap(({ decision }) => decision.policies))];
    this.sketch = this.sketchOf(detected);
    this.appendOpened(rulings);
  }

  /** Records that a request was turned away before it could be decided. */
  turnedAway(fault: ErrorCode, rulings: readonly Ruling[]): void {
    this.effect = 'block';
    if (this.durable === undefined) this.appendOpened(rulings, fault);
  }

  /** Resolves when `opened` is durable: no byte of an answer may leave before. */
  async whenOpened(): Promise<void> {
    await this.durable;
  }

  /** Records tool calls; resolves when they are durable. */
  async decided(calls: readonly DecidedCall[]): Promise<void> {
    await Promise.all(
      calls.map(({ tool, rulings, effect, approval }) =>
        this.append({
          kind: 'decided',
          tool: recordedName(tool),
          effect,
          decisions: rulings.map(({ recorded }) => recorded),
          ...(approval !== undefined && { approval }),
        }),
      ),
    );
  }

  /** A ruling that ended the answer: its policies are named to the client too. */
  stopped({ decision }: Ruling): void {
    this.policyIds = [...new Set([...this.policyIds, ...decision.policies])];
  }

  /** Writes the final receipt, once; resolves when it is durable. */
  async close({ outcome, status, fault }: ClosedMatter): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { guard, beforeUpstreamMs, upstreamFirstByteMs, upstreamStatus, upstream } = this;
    const late = this.identified?.choice.late ?? [];
    await this.append({
      kind: 'closed',
      outcome,
      status,
      ...(upstreamStatus !== undefined && { upstreamStatus }),
      ...(upstream !== undefined && { upstream }),
      ...(this.backend.length > 0 && { backend: this.backend }),
      ...this.passedOver(),
      decisions: [...late.map(({ recorded }) => recorded), ...(guard?.decisions ?? [])],
      receipt: this.answerReceipt(),
      effect: this.finalEffect(),
      ...(fault !== undefined && { fault }),
      redacted: added(this.redacted, guard?.redacted ?? {}),
      restored: guard?.restored ?? 0,
      answer: recordedFacts(guard?.facts),
      ...styleOf(guard),
      ...this.budget.recorded,
      releasedChars: guard?.releasedChars ?? 0,
      ms: {
        total: micros(this.elapsedMs()),
        ...(beforeUpstreamMs !== undefined && { beforeUpstream: micros(beforeUpstreamMs) }),
        ...(upstreamFirstByteMs !== undefined && { upstreamFirstByte: micros(upstreamFirstByteMs) }),
        held: micros(guard?.heldMs ?? 0),
      },
    });
  }

  /** What the client may know so far; a stream's head carries what is known at its start. */
  told(): { readonly effect: Effect; readonly receipt: Receipt; readonly policies: readonly string[] } {
    const { guard, receipt } = this;
    const whole = guard === undefined ? receipt : sumOf(receipt, this.answerReceipt());
    const late = this.identified?.choice.late ?? [];
    const policies = new Set([...this.policyIds, ...late.flatMap(({ decision }) => decision.policies)]);
    return { effect: this.finalEffect(), receipt: whole, policies: [...policies] };
  }

  private answerReceipt(): Receipt {
    if (this.finalReceipt !== undefined) return this.finalReceipt;
    const receipt = this.guard === undefined ? new ReceiptBook().toReceipt() : this.complete(this.guard.receipt());
    // Nothing is looked at any more.
    if (this.closed) this.finalReceipt = receipt;
    return receipt;
  }

  /** A receipt that also says which detectors are switched off. */
  private complete(book: ReceiptBook): Receipt {
    const receipt = book.toReceipt();
    const off = this.identified?.destination.switchedOff ?? [];
    return off.length === 0 ? receipt : { ...receipt, lines: [...receipt.lines, ...off] };
  }

  private finalEffect(): Effect {
    const late = this.identified?.choice.lateEffect ?? 'allow';
    return strongestOf([this.effect, late, this.guard?.effect ?? 'allow', this.budget.effect]);
  }

  private passedOver(): Pick<OpenedRecord, 'passedOver'> {
    const passedOver = this.identified?.choice.passedOver ?? [];
    return passedOver.length === 0 ? {} : { passedOver };
  }

  private appendOpened(rulings: readonly Ruling[], fault?: ErrorCode): void {
    const { identified } = this;
    const provider = identified?.choice.judge.resource.provider;
    this.durable = this.append({
      kind: 'opened',
      ...(provider !== undefined && { provider }),
      ...this.passedOver(),
      detectors: identified?.destination.inspector.version ?? '',
      body: this.house.sealBody(this.arrival.body),
      ...(this.sketch !== undefined && { sketch: this.sketch }),
      decisions: rulings.map(({ recorded }) => recorded),
      receipt: this.receipt,
      effect: strongestOf([this.effect, this.budget.effect]),
      ...(fault !== undefined && { fault }),
      redacted: this.redacted,
      ...this.budget.recorded,
    });
    // A failure shows where it is awaited; until then it must not count as unhandled.
    this.durable.catch(() => undefined);
  }

  private sketchOf({ slices }: DetectedRequest): string | undefined {
    const { sketchText } = this.house;
    const words = sketchText && newestWords(slices);
    return words === undefined ? undefined : sketchText?.(words, ownerOf(this.arrival.principal));
  }

  private elapsedMs(): number {
    return this.house.clock.nowMs() - this.startedMs;
  }

  /** Whatever keeps the log from taking a record is one thing for the exchange: `RECORD_FAILED`. */
  private async append(record: Draft<OpenedRecord> | Draft<DecidedRecord> | Draft<ClosedRecord>): Promise<void> {
    const { arrival, identified, session, policySet, spans } = this;
    const trace = spans?.trace ?? arrival.annotations?.trace?.traceId;
    const scene: RecordedScene = {
      principal: arrival.principal,
      ...(identified !== undefined && sceneOf(identified)),
      ...(session !== undefined && { session }),
      ...(trace !== undefined && { trace }),
      ...(arrival.annotations?.drill !== undefined && { drill: arrival.annotations.drill.id }),
      policySet,
    };
    try {
      const at = this.house.clock.iso();
      const whole = { v: 1, exchange: arrival.id, at, ...scene, ...record } as const;
      spans?.recorded(whole);
      await this.house.recorder.append(whole);
    } catch (cause) {
      const detail = cause instanceof SallyportError ? cause.detail : undefined;
      throw new SallyportError('RECORD_FAILED', { cause, ...(detail !== undefined && { detail }) });
    }
  }
}

/** A record without what the log of its exchange adds to each. */
type Draft<T> = Omit<T, 'v' | 'exchange' | 'at' | keyof RecordedScene>;

function sceneOf({ choice, facts }: Identified): Pick<RecordedScene, 'resource' | 'request'> {
  const { resource } = choice.judge;
  return { resource: { ...resource, id: recordedName(resource.id) }, request: facts };
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const total: Record<string, number> = { ...a };
  for (const [type, count] of Object.entries(b)) total[type] = (total[type] ?? 0) + count;
  return total;
}

function styleOf(guard: AnswerGuard | undefined): Pick<ClosedRecord, 'style'> {
  const style = guard?.style ?? {};
  return style.language === undefined && style.repetition === undefined ? {} : { style };
}

/** What an answer said about itself; under which ids its parts are kept is the ledger's business. */
function recordedFacts({ stored: _ids, ...facts }: AnswerFacts = {}): AnswerFacts {
  return facts;
}

/** Milliseconds with microseconds kept. */
function micros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
