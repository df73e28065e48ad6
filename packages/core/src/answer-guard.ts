import { AnswerCalls, type UnjudgedCall } from './answer-calls.ts';
import { AnswerFlow } from './answer-flow.ts';
import { type AnswerParts, type DecidedCall, HELD_EVENTS_MAX } from './answer-parts.ts';
import { AnswerRedactions } from './answer-redactions.ts';
import type { AnswerStyle } from './answer-style.ts';
import type { ApprovalAnswer } from './approval.ts';
import { CallLane } from './call-lane.ts';
import type { CaptureBook } from './capture-book.ts';
import { blockedFor, FIXED_CONTENT, type Ruling } from './decide.ts';
import { strongestOf } from './decision.ts';
import type { ReceiptLine } from './detector.ts';
import { eventCount } from './event-run.ts';
import type { JudgeAnswer } from './model-judge.ts';
import { OutputRuling, type TextPoint } from './output-ruling.ts';
import type { AnswerFacts, Lane, LaneId, ProviderSignal, TextEdit, Unseen, WireEvent } from './protocol.ts';
import { ProviderSignals } from './provider-signals.ts';
import { ReceiptBook } from './receipt.ts';
import type { RecordedDecision, RecordedFinding } from './recorded-decision.ts';
import { recordedPlace } from './recorded-name.ts';
import type { WaitingCall } from './rule-call.ts';
import { servedParts } from './served-answer.ts';
import type { SessionAnswer } from './sessions.ts';
import { type Released, StreamGate } from './stream-gate.ts';
import { type LaneFinding, TextLane } from './text-lane.ts';
import type { Effect } from './vocabulary.ts';
import { WatchedLane } from './watched-lane.ts';

/**
 * The way back: every event of an answer goes in, and comes out when all that it carries was detected, decided and
 * enforced. Once a decision stops the answer, nothing comes out any more.
 */
export class AnswerGuard {
  private readonly parts: AnswerParts;
  private readonly flow: AnswerFlow;
  private readonly gate = new StreamGate();
  private readonly lanes = new Map<LaneId, WatchedLane>();
  /** Lanes that may still hold something back. */
  private readonly live = new Set<WatchedLane>();
  /** Lanes that the event at hand brought text for, or ended. */
  private readonly touched = new Set<WatchedLane>();
  /** Texts of the model's own. */
  private readonly spoken = new Set<LaneId>();
  private readonly redactions: AnswerRedactions;
  private readonly calls: AnswerCalls;
  private readonly unseen: Unseen[] = [];
  /** Events that came after the answer was stopped, in the same piece of it. */
  private readonly late: WireEvent[] = [];
  /** Events that are clear and wait for the answer's end, where it is released as one. */
  private buffered: Released[] = [];
  private bufferedEvents = 0;
  private readonly rulings = new Map<TextPoint, OutputRuling>();
  private readonly signals = new ProviderSignals();
  /** What the provider said with the events at hand. */
  private said: ProviderSignal[] = [];
  private stop: Ruling | undefined;
  facts: AnswerFacts = {};
  releasedChars = 0;
  heldMs = 0;

  constructor(parts: AnswerParts) {
    this.parts = parts;
    this.flow = new AnswerFlow(parts);
    this.redactions = new AnswerRedactions(parts);
    const { flow, gate, redactions } = this;
    const goesOn = () => this.stop === undefined;
    this.calls = new AnswerCalls({ parts, flow, gate, redactions, goesOn, heed: (ruling) => this.heed(ruling) });
    this.ruling('output');
  }

  /** The ruling that ended the answer, once there is one. */
  get stopped(): Ruling | undefined {
    return this.stop;
  }

  /** Events that were taken and not released. */
  get held(): readonly WireEvent[] {
    return [...this.buffered.map(({ event }) => event), ...this.gate.held, ...this.late];
  }

  /** Whether events wait that came from the provider. */
  get holds(): boolean {
    return this.bufferedEvents + this.gate.heldEvents > 0;
  }

  /** Whether tools of the provider's own brought something into the answer. */
  get brought(): boolean {
    return this.rulings.has('tool-result');
  }

  get effect(): Effect {
    const effects = Array.from(this.rulings.values(), ({ current }) => current.effect);
    return strongestOf([...effects, this.calls.effect, this.stop?.effect ?? 'allow']);
  }

  get decisions(): readonly RecordedDecision[] {
    const current = Array.from(this.rulings.values(), (ruling) => ruling.current);
    const stop = this.stop !== undefined && !current.includes(this.stop) ? [this.stop.recorded] : [];
    return [...current.map(({ recorded }) => recorded), ...stop];
  }

  get redacted(): Readonly<Record<string, number>> {
    return this.redactions.counts;
  }

  get restored(): number {
    let sum = 0;
    for (const { watch } of this.lanes.values()) sum += watch.restored;
    return sum;
  }

  /** Characters of its texts that came from the provider. */
  get receivedChars(): number {
    let sum = 0;
    for (const { watch } of this.lanes.values()) sum += watch.received;
    return sum;
  }

  /** How its texts read so far. */
  get style(): AnswerStyle {
    return this.parts.style?.read() ?? {};
  }

  /** What a client has of the answer now. @param whole that is all of it, and one answer */
  served(whole: boolean): Pick<SessionAnswer, 'texts' | 'calls'> {
    const asItCame = whole && this.restored === 0 && this.redactions.isEmpty;
    return servedParts({ lanes: this.lanes.values(), calls: this.calls.left, asItCame, left: this.releasedChars > 0 });
  }

  /** Puts what policy wants of the answer under lock into a book. */
  captured(book: CaptureBook): void {
    this.parts.capture?.fill(book, this.lanes);
  }

  /** What of the answer was looked at. */
  receipt(): ReceiptBook {
    const book = new ReceiptBook();
    for (const { watch, passed } of this.lanes.values()) {
      book.add({ chars: watch.received - passed, lines: watch.lines });
      if (passed > 0) book.add({ chars: passed, lines: [UNWATCHED], segments: 0 });
    }
    if (this.unseen.length > 0) book.add({ chars: 0, lines: [], unseen: this.unseen, segments: 0 });
    if (this.parts.hold.release === 'cut') book.add({ chars: 0, lines: [NOT_HELD], segments: 0 });
    const { lines } = this.flow;
    if (lines.length > 0) book.add({ chars: 0, lines, segments: 0 });
    return book;
  }

  /** Takes the events that came together: detects in what is new, decides where something was found. */
  take(events: readonly WireEvent[], nowMs: number): void {
    if (this.stop !== undefined) {
      this.late.push(...events);
      return;
    }
    let unseen = false;
    for (const event of events) {
      // A tool call among them may have ended the answer.
      if (this.stop === undefined) this.note(event);
      else this.late.push(event);
      unseen ||= event.unseen.length > 0;
    }
    this.decideTexts(unseen);
    this.watchLimits(nowMs);
    this.touched.clear();
  }

  /** Calls that were let pass and change something or reach somebody. */
  get writes(): number {
    return this.calls.writes;
  }

  /** Tool calls decided since the last call. */
  takeCalls(): readonly DecidedCall[] {
    return this.calls.take();
  }

  /** Calls that wait for a human, until they are settled. Nothing behind them leaves. */
  get waitsFor(): readonly WaitingCall[] {
    return this.calls.waitsFor;
  }

  /** Calls that wait for the judge, until they are judged. Nothing behind them leaves. */
  get waitsForJudge(): readonly UnjudgedCall[] {
    return this.calls.waitsForJudge;
  }

  /** The judge answered. */
  judged(call: UnjudgedCall, answer: JudgeAnswer): void {
    this.calls.judged(call, answer);
  }

  /** A human answered, or did not in time. */
  settle(call: WaitingCall, answer: ApprovalAnswer): void {
    this.calls.settle(call, answer);
  }

  /** The bytes that may leave now, in wire order. A terminal event comes alone and last. */
  release(): readonly { readonly bytes: Uint8Array; readonly terminal: boolean }[] {
    if (this.stop !== undefined) return [];
    return this.takeClear().map(({ event, edits }) => {
      for (const { text, echo } of event.parts) if (echo === undefined) this.releasedChars += text.length;
      const bytes = edits.length === 0 ? event.raw : this.parts.codec.rewrite(event, edits);
      return { bytes, terminal: event.terminal };
    });
  }

  private takeClear(): readonly Released[] {
    const clear = this.gate.take();
    if (this.parts.hold.release !== 'buffer') return clear;
    for (const released of clear) {
      this.buffered.push(released);
      this.bufferedEvents += eventCount(released.event);
    }
    if (this.buffered.at(-1)?.event.terminal !== true) return [];
    const whole = this.buffered;
    this.buffered = [];
    this.bufferedEvents = 0;
    return whole;
  }

  private note(event: WireEvent): void {
    if (event.facts !== undefined) this.facts = { ...this.facts, ...event.facts };
    for (const lane of event.opens) this.open(lane);
    this.gate.push(event);
    for (const { lane, text, echo } of event.parts) {
      if (echo === undefined) this.append(lane, text);
    }
    const closes = event.terminal ? [...this.lanes.keys()] : event.closes;
    for (const lane of closes) this.close(lane);
    if (event.unseen.length > 0) {
      this.unseen.push(...event.unseen);
      this.ruling('output').see(event.unseen);
    }
    if (event.signals !== undefined) this.said.push(...event.signals);
  }

  /** The ruling on the texts of a checkpoint; the first look at one decides on nothing. */
  private ruling(point: TextPoint): OutputRuling {
    let ruling = this.rulings.get(point);
    if (ruling === undefined) {
      ruling = new OutputRuling(this.parts.judge, point);
      this.rulings.set(point, ruling);
      this.heed(ruling.current);
    }
    return ruling;
  }

  private open(lane: Lane): void {
    if (this.lanes.has(lane.id)) return;
    const watch = lane.release === 'whole' ? new CallLane(lane, this.parts) : new TextLane(lane, this.parts);
    const watched = new WatchedLane(watch);
    this.lanes.set(lane.id, watched);
    this.live.add(watched);
    this.parts.capture?.open(lane);
    if (watch instanceof TextLane && watch.point === 'output') this.spoken.add(lane.id);
  }

  private append(id: LaneId, text: string): void {
    const lane = this.lanes.get(id);
    if (lane === undefined) throw new RangeError('an event carries text of a lane that was never opened');
    this.touched.add(lane);
    lane.mark?.push(text);
    this.parts.capture?.push(id, text);
    if (this.spoken.has(id)) this.parts.style?.push(text);
    if (lane.unwatched) {
      lane.watch.received += text.length;
      lane.passed += text.length;
      this.gate.clear(id, lane.watch.received);
    } else {
      lane.watch.push(text);
    }
  }

  private close(id: LaneId): void {
    const lane = this.lanes.get(id);
    if (lane === undefined || lane.unwatched || lane.watch.ended) return;
    this.touched.add(lane);
    if (lane.watch instanceof CallLane) this.calls.decide(lane.watch);
    else lane.watch.end();
  }

  private decideTexts(unseen: boolean): void {
    const looked: TextLane[] = [];
    for (const { watch, unwatched } of this.touched) {
      if (unwatched || !(watch instanceof TextLane)) continue;
      watch.inspect();
      looked.push(watch);
    }
    const signals = this.said.length === 0 ? NO_FINDINGS : this.signals.take(this.said);
    this.said = [];
    const edits = new Map<TextLane, TextEdit[]>();
    this.decide('output', { lanes: looked, asked: unseen || signals.length > 0, signals, edits });
    if (looked.some(({ point }) => point === 'tool-result')) {
      this.decide('tool-result', { lanes: looked, asked: false, signals: NO_FINDINGS, edits });
    }
    if (this.stop !== undefined) return;
    const all = this.parts.hold.release === 'cut';
    for (const watch of looked) {
      const cleared = watch.clear(edits.get(watch) ?? NO_EDITS, all);
      this.gate.clear(watch.lane.id, cleared.upTo, cleared.edits);
    }
  }

  /** Decides on the texts of a checkpoint again, when something is new of them. */
  private decide(point: TextPoint, { lanes, asked, signals, edits }: Deciding): void {
    const fresh: Fresh[] = [];
    let news = asked;
    for (const lane of lanes) {
      if (lane.point !== point) continue;
      news = this.ruling(point).note(lane.lines) || news;
      const found = lane.takeFindings();
      const traced = point === 'output' ? this.flow.withLinks(found) : found;
      for (const each of traced) fresh.push({ lane, found: each });
      if (traced.length > 0) this.parts.capture?.found(lane.lane.id, traced);
    }
    if (this.stop === undefined && (fresh.length > 0 || news)) this.ruleTexts(point, { fresh, signals, edits });
  }

  /** Adds what the decision replaces of the new findings to `edits`, by lane. */
  private ruleTexts(point: TextPoint, { fresh, signals, edits }: Ruled): void {
    const ruling = this.ruling(point);
    const found = fresh.map(({ lane, found: { finding } }) => ({
      ...finding,
      where: recordedPlace(`answer/${lane.lane.id}`),
    }));
    const named = ruling.rule([...found, ...signals]);
    this.heed(ruling.current);
    if (this.stop !== undefined) return;
    for (const [index, { lane, found: one }] of fresh.entries()) {
      if (!named.has(index) || this.redactions.wasPutBack(one, 'text')) continue;
      // What a detector saw too late to be held can't be taken back: the policy's will is not done, so nothing more leaves.
      if (lane.isOut(one.wire)) {
        this.block('late-finding');
        return;
      }
      if (lane.lane.fixed === true) {
        this.block(FIXED_CONTENT);
        return;
      }
      const own = edits.get(lane);
      const edit = { ...one.wire, text: this.redactions.place(one, ruling.vaulted.has(index)) };
      if (own === undefined) edits.set(lane, [edit]);
      else own.push(edit);
    }
  }

  private watchLimits(nowMs: number): void {
    const { hold } = this.parts;
    if (this.bufferedEvents + this.gate.heldEvents > HELD_EVENTS_MAX) this.block('hold-events');
    for (const lane of this.live) {
      const { watch } = lane;
      if (watch.ended) {
        this.heldMs += lane.stopClock(nowMs);
        this.live.delete(lane);
        continue;
      }
      if (watch instanceof CallLane) {
        if (watch.bytes > hold.toolCallBytes) this.exceed(lane, 'hold-bytes');
      } else if (watch.heldChars > hold.textChars) {
        this.exceed(lane, 'hold-chars');
      } else {
        this.heldMs += lane.clock(watch, nowMs);
        if (lane.heldMs(nowMs) <= hold.textMs) continue;
        this.heldMs += lane.stopClock(nowMs);
        this.exceed(lane, 'hold-ms');
      }
    }
  }

  private exceed(lane: WatchedLane, limit: string): void {
    if (this.parts.hold.posture === 'closed') {
      this.block(limit);
      return;
    }
    lane.unwatched = true;
    this.live.delete(lane);
    const { watch } = lane;
    lane.passed = watch instanceof CallLane ? watch.received : watch.heldChars;
    if (watch instanceof CallLane) {
      this.calls.decideUnread(watch, [UNWATCHED]);
    } else {
      this.ruling(watch.point).note([UNWATCHED]);
      this.ruleTexts(watch.point, { fresh: [], signals: NO_FINDINGS, edits: new Map() });
    }
    this.gate.clear(watch.lane.id, watch.received);
  }

  /** Ends the answer for a reason of our own, which stands in the place of a policy. */
  private block(reason: string): void {
    this.heed(blockedFor(reason, this.ruling('output').current));
  }

  /** @returns whether the answer still goes on */
  private heed(ruling: Ruling): boolean {
    this.parts.capture?.heed(ruling);
    if (this.stop === undefined && ruling.decision.verdict !== 'allow') this.stop = ruling;
    return this.stop === undefined;
  }
}

interface Ruled {
  readonly fresh: readonly Fresh[];
  readonly signals: readonly RecordedFinding[];
  readonly edits: Map<TextLane, TextEdit[]>;
}

interface Deciding extends Omit<Ruled, 'fresh'> {
  readonly lanes: readonly TextLane[];
  /** Something besides a finding is new. */
  readonly asked: boolean;
}

interface Fresh {
  readonly lane: TextLane;
  readonly found: LaneFinding;
}

const NO_EDITS: readonly TextEdit[] = [];
const NO_FINDINGS: readonly RecordedFinding[] = [];
/** Text left as it came: what shows only together with later text was out by then. */
const NOT_HELD: ReceiptLine = { detector: 'hold', version: '1', status: 'skipped', reason: 'release-cut', segments: 1 };
const UNWATCHED: ReceiptLine = {
  detector: 'hold',
  version: '1',
  status: 'skipped',
  reason: 'hold-limit',
  segments: 1,
};
