import {
  type ApprovalAnswer,
  type CallSpan,
  type ClosedRecord,
  type DecidedRecord,
  type DetectedRequest,
  type Effect,
  type EnforcedRequest,
  type ErrorCode,
  ExchangeBudget,
  type ExchangeOutcome,
  type ExchangeSpans,
  type Judge,
  type OpenedRecord,
  type Receipt,
  ReceiptBook,
  type RecordedScene,
  type RecordedSession,
  type Ruling,
  recordedName,
  SallyportError,
  strongestOf,
  type TracedExchange,
} from '@sallyport/core';
import { judgeOf, type Scene, type Subject } from './guarded-server.ts';

/** What was seen and decided of one message. */
export interface MessageMatter {
  /** Absent where it could not be read. */
  readonly detected?: DetectedRequest;
  readonly rulings: readonly Ruling[];
  readonly effect: Effect;
  readonly redacted?: EnforcedRequest['redacted'];
  readonly fault?: ErrorCode;
}

/** A tool call that was decided. */
export interface CallMatter {
  readonly tool: string;
  readonly rulings: readonly Ruling[];
  readonly effect: Effect;
  readonly approval?: ApprovalAnswer;
}

type Draft<T> = Omit<T, 'v' | 'exchange' | 'at' | keyof RecordedScene>;

/** HTTP's word for how it ended, which records of exchanges have: the transport's own may be another. */
const STATUS: Readonly<Record<ExchangeOutcome, number>> = {
  completed: 200,
  refused: 200,
  rejected: 400,
  'client-aborted': 499,
  'upstream-failed': 502,
  'internal-error': 500,
};

/** What an exchange is about. */
export type Occasion = Subject & Omit<TracedExchange, 'exchange'>;

/** One request in MCP and what came back, in the record: `opened` once, `decided` for a tool call, `closed` once, whatever happens. */
export class ExchangeRecords {
  readonly id: string;
  readonly judge: Judge;
  readonly budget: ExchangeBudget;
  /** The session of the model's call that this one is. */
  session: RecordedSession | undefined;
  private readonly scene: Scene;
  private readonly startedMs: number;
  private readonly spans: ExchangeSpans | undefined;
  private readonly parent: Occasion['parent'];
  private effect: Effect = 'allow';
  private redacted: Readonly<Record<string, number>> = {};
  private sentMs: number | undefined;
  private answeredMs: number | undefined;
  private isClosed = false;

  constructor(scene: Scene, { operation, parent, ...subject }: Occasion) {
    this.scene = scene;
    this.id = scene.newId();
    this.judge = judgeOf(scene, scene.house.policy(), subject);
    this.budget = new ExchangeBudget(scene.house);
    this.startedMs = scene.house.clock.nowMs();
    this.parent = parent;
    this.spans = scene.house.tracing?.begin({ exchange: this.id, operation, parent });
  }

  /** Resolves when what was decided on the way there is durable. @param body as it came */
  opened(body: Uint8Array, matter: MessageMatter): Promise<void> {
    const { server, house } = this.scene;
    this.note(matter);
    return this.append({
      kind: 'opened',
      provider: server.name,
      detectors: server.inspector.version,
      body: house.sealBody(body),
      decisions: matter.rulings.map(({ recorded }) => recorded),
      receipt: this.receiptOf(matter.detected),
      effect: strongestOf([this.effect, this.budget.effect]),
      ...(matter.fault !== undefined && { fault: matter.fault }),
      redacted: matter.redacted ?? {},
      ...this.budget.recorded,
    });
  }

  decided({ tool, rulings, effect, approval }: CallMatter): Promise<void> {
    this.effect = strongestOf([this.effect, effect]);
    return this.append({
      kind: 'decided',
      tool: recordedName(tool),
      effect,
      decisions: rulings.map(({ recorded }) => recorded),
      ...(approval !== undefined && { approval }),
    });
  }

  /** It goes on to whoever is asked. @returns the span of that, where it is traced */
  sent(): CallSpan | undefined {
    this.sentMs = this.elapsedMs();
    return this.spans?.call({ provider: this.scene.server.name, tries: 1 });
  }

  answered(): void {
    this.answeredMs = this.elapsedMs();
  }

  /** Resolves when the end is durable; only the first end counts. */
  async closed(outcome: ExchangeOutcome, matter: Partial<MessageMatter> = {}): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.note(matter);
    const { sentMs, answeredMs } = this;
    this.budget.settle({ outcome, sent: sentMs !== undefined });
    const chars = matter.detected?.slices.reduce((sum, slice) => sum + slice.chars, 0) ?? 0;
    await this.append({
      kind: 'closed',
      outcome,
      status: STATUS[outcome],
      ...(sentMs !== undefined && { upstream: { provider: this.scene.server.name, tries: 1 } }),
      decisions: (matter.rulings ?? []).map(({ recorded }) => recorded),
      receipt: this.receiptOf(matter.detected),
      effect: strongestOf([this.effect, this.budget.effect]),
      ...(matter.fault !== undefined && { fault: matter.fault }),
      redacted: this.redacted,
      restored: 0,
      answer: {},
      ...this.budget.recorded,
      releasedChars: outcome === 'completed' ? chars : 0,
      ms: {
        total: micros(this.elapsedMs()),
        ...(sentMs !== undefined && { beforeUpstream: micros(sentMs) }),
        ...(answeredMs !== undefined && { upstreamFirstByte: micros(answeredMs) }),
        held: 0,
      },
    });
  }

  private note({ effect = 'allow', redacted = {} }: Partial<MessageMatter>): void {
    this.effect = strongestOf([this.effect, effect]);
    const sum: Record<string, number> = { ...this.redacted };
    for (const [type, count] of Object.entries(redacted)) sum[type] = (sum[type] ?? 0) + count;
    this.redacted = sum;
  }

  private receiptOf(detected: DetectedRequest | undefined): Receipt {
    const book = new ReceiptBook();
    for (const { chars, lines, unseen, segments } of detected?.slices ?? []) {
      book.add({ chars, lines, unseen, segments: segments.length });
    }
    const receipt = book.toReceipt();
    const off = detected === undefined ? [] : this.scene.server.switchedOff;
    return off.length === 0 ? receipt : { ...receipt, lines: [...receipt.lines, ...off] };
  }

  private elapsedMs(): number {
    return this.scene.house.clock.nowMs() - this.startedMs;
  }

  private async append(record: Draft<OpenedRecord> | Draft<DecidedRecord> | Draft<ClosedRecord>): Promise<void> {
    const { judge, scene, session, spans } = this;
    const trace = spans?.trace ?? this.parent?.traceId;
    const { resource } = judge;
    const common: RecordedScene = {
      principal: scene.principal,
      resource: { ...resource, id: recordedName(resource.id) },
      request: judge.facts,
      ...(session !== undefined && { session }),
      ...(trace !== undefined && { trace }),
      policySet: judge.engine.policySet,
    };
    try {
      const at = scene.house.clock.iso();
      const whole = { v: 1, exchange: this.id, at, ...common, ...record } as const;
      spans?.recorded(whole);
      await scene.house.recorder.append(whole);
    } catch (cause) {
      const detail = cause instanceof SallyportError ? cause.detail : undefined;
      throw new SallyportError('RECORD_FAILED', { cause, ...(detail !== undefined && { detail }) });
    }
  }
}

/** Milliseconds with microseconds kept. */
function micros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
