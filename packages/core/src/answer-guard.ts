import { type CallFinding, CallLane } from './call-lane.ts';
import { type Judge, type Ruling, ruleAccess, ruleGuard } from './decide.ts';
import { type Decision, effectOf, type RestoreSink, strongest } from './decision.ts';
import type { ReceiptLine } from './detector.ts';
import { OutputRuling } from './output-ruling.ts';
import type { AnswerCodec, AnswerFacts, Lane, LaneId, TextEdit, Unseen, WireEvent } from './protocol.ts';
import { ReceiptBook } from './receipt.ts';
import type { RecordedDecision } from './record.ts';
import { recordedPlace } from './recorded-name.ts';
import { StreamGate } from './stream-gate.ts';
import { type LaneFinding, type LaneParts, TextLane } from './text-lane.ts';
import type { Effect, Posture } from './vocabulary.ts';

/**
 * Events of an answer that may wait behind one that is held: each takes some 1.5 KB, however little it says. A tool call of
 * 256 KiB that comes in tokens of four characters has as many. Beyond, the answer ends under either posture.
 */
export const HELD_EVENTS_MAX = 65_536;

/** How much of an answer may wait. */
export interface HoldLimits {
  /** Characters of one text that may be held, at least 64. */
  readonly textChars: number;
  /** Milliseconds that text may be held while more arrives, without any of it becoming clear. */
  readonly textMs: number;
  /** Size of one tool call, bytes. */
  readonly toolCallBytes: number;
  /** What happens beyond: `closed` ends the answer, `open` lets the rest of that text pass and says so in the receipt. */
  readonly posture: Posture;
}

export interface AnswerParts extends LaneParts {
  readonly judge: Judge;
  readonly codec: AnswerCodec;
  readonly hold: HoldLimits;
}

/** A tool call that was decided: to be recorded before any of it leaves. */
export interface DecidedCall {
  readonly tool: string;
  readonly rulings: readonly Ruling[];
  readonly effect: Effect;
}

interface WatchedLane {
  readonly watch: TextLane | CallLane;
  /** When what is held now began to be held. */
  heldSinceMs: number | undefined;
  /** Not looked at any more: a limit was passed under posture `open`. */
  passed: number;
  unwatched: boolean;
}

/**
 * The way back: every event of an answer goes in, and comes out when all that it carries was detected, decided and
 * enforced. Once a decision stops the answer, nothing comes out any more.
 */
export class AnswerGuard {
  private readonly parts: AnswerParts;
  private readonly gate = new StreamGate();
  private readonly lanes = new Map<LaneId, WatchedLane>();
  /** Lanes that may still hold something back. */
  private readonly live = new Set<WatchedLane>();
  /** Lanes that the event at hand brought text for, or ended. */
  private readonly touched = new Set<WatchedLane>();
  private readonly redactedCounts: Record<string, number> = {};
  private readonly unseen: Unseen[] = [];
  /** Events that came after the answer was stopped, in the same piece of it. */
  private readonly late: WireEvent[] = [];
  private calls: DecidedCall[] = [];
  private readonly output: OutputRuling;
  private callEffect: Effect = 'allow';
  private stop: Ruling | undefined;
  facts: AnswerFacts = {};
  releasedChars = 0;
  heldMs = 0;

  constructor(parts: AnswerParts) {
    this.parts = parts;
    this.output = new OutputRuling(parts.judge);
    this.heed(this.output.current);
  }

  /** The ruling that ended the answer, once there is one. */
  get stopped(): Ruling | undefined {
    return this.stop;
  }

  /** Events that were taken and not released. */
  get held(): readonly WireEvent[] {
    return [...this.gate.held, ...this.late];
  }

  get effect(): Effect {
    return strongest(strongest(this.output.current.effect, this.callEffect), this.stop?.effect ?? 'allow');
  }

  get decisions(): readonly RecordedDecision[] {
    const { current } = this.output;
    const stop = this.stop !== undefined && this.stop !== current ? [this.stop.recorded] : [];
    return [current.recorded, ...stop];
  }

  get redacted(): Readonly<Record<string, number>> {
    return this.redactedCounts;
  }

  get restored(): number {
    let sum = 0;
    for (const { watch } of this.lanes.values()) sum += watch.restored;
    return sum;
  }

  /** What of the answer was looked at. */
  receipt(): ReceiptBook {
    const book = new ReceiptBook();
    for (const { watch, passed } of this.lanes.values()) {
      book.add({ chars: watch.received - passed, lines: watch.lines });
      if (passed > 0) book.add({ chars: passed, lines: [UNWATCHED], segments: 0 });
    }
    if (this.unseen.length > 0) book.add({ chars: 0, lines: [], unseen: this.unseen, segments: 0 });
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
    this.decide(unseen);
    this.watchLimits(nowMs);
    this.touched.clear();
  }

  /** Tool calls decided since the last call. */
  takeCalls(): readonly DecidedCall[] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }

  /** The bytes that may leave now, in wire order. A terminal event comes alone and last. */
  release(): readonly { readonly bytes: Uint8Array; readonly terminal: boolean }[] {
    if (this.stop !== undefined) return [];
    return this.gate.take().map(({ event, edits }) => {
      for (const { text, echo } of event.parts) if (echo === undefined) this.releasedChars += text.length;
      const bytes = edits.length === 0 ? event.raw : this.parts.codec.rewrite(event, edits);
      return { bytes, terminal: event.terminal };
    });
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
    this.unseen.push(...event.unseen);
    this.output.see(event.unseen);
  }

  private open(lane: Lane): void {
    if (this.lanes.has(lane.id)) return;
    const watch = lane.release === 'whole' ? new CallLane(lane, this.parts) : new TextLane(lane, this.parts);
    const watched = { watch, heldSinceMs: undefined, passed: 0, unwatched: false };
    this.lanes.set(lane.id, watched);
    this.live.add(watched);
  }

  private append(id: LaneId, text: string): void {
    const lane = this.lanes.get(id);
    if (lane === undefined) throw new RangeError('an event carries text of a lane that was never opened');
    this.touched.add(lane);
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
    if (lane.watch instanceof CallLane) this.decideCall(lane.watch);
    else lane.watch.end();
  }

  private decideCall(call: CallLane): void {
    const found = call.end(this.parts.codec);
    const guard = this.ruleCall(call, found, call.lines);
    const redacted = guard.decision.redact.flatMap((index) => {
      const one = found[index];
      if (one === undefined || this.wasPutBack(one, 'tool-argument', call.lane.origin.tool)) return [];
      return [{ leaf: one.leaf, edit: { ...one.wire, text: this.place(one) } }];
    });
    this.gate.clear(call.lane.id, call.received, call.edits(redacted));
  }

  /** Asks both sets about a call, and notes it for the record. @returns the guard set's ruling */
  private ruleCall(call: CallLane, found: readonly CallFinding[], lines: readonly ReceiptLine[]): Ruling {
    const { judge } = this.parts;
    const tool = call.lane.origin.tool ?? '';
    const resource = { kind: 'tool', id: tool, groups: [] } as const;
    const { principal, facts } = judge;
    const context = { route: facts.route, protocol: facts.protocol };
    const access = ruleAccess(judge, { principal, action: 'call-tool', resource, context });
    const findings = found.map(({ finding }) => ({ ...finding, where: recordedPlace(`answer/${call.lane.id}`) }));
    const guard = ruleGuard(judge, { point: 'tool-call', resource, findings, lines });
    const effect = strongest(access.effect, guard.effect);
    this.callEffect = strongest(this.callEffect, effect);
    this.calls.push({ tool, rulings: [access, guard], effect });
    this.heed(access);
    this.heed(guard);
    return guard;
  }

  private decide(asked: boolean): void {
    const fresh: Fresh[] = [];
    let news = asked;
    const watched: TextLane[] = [];
    for (const { watch, unwatched } of this.touched) {
      if (unwatched || !(watch instanceof TextLane)) continue;
      watch.inspect();
      watched.push(watch);
      news = this.output.note(watch.lines) || news;
      for (const found of watch.takeFindings()) fresh.push({ lane: watch, found });
    }
    const edits = fresh.length > 0 || news ? this.ruleOutput(fresh) : undefined;
    if (this.stop !== undefined) return;
    for (const watch of watched) {
      const cleared = watch.clear(edits?.get(watch) ?? NO_EDITS);
      this.gate.clear(watch.lane.id, cleared.upTo, cleared.edits);
    }
  }

  /** Decides on the answer's texts again. @returns what the decision replaces of the new findings, by lane */
  private ruleOutput(fresh: readonly Fresh[]): ReadonlyMap<TextLane, TextEdit[]> {
    const named = this.output.rule(
      fresh.map(({ lane, found }) => ({ ...found.finding, where: recordedPlace(`answer/${lane.lane.id}`) })),
    );
    this.heed(this.output.current);
    const edits = new Map<TextLane, TextEdit[]>();
    if (this.stop !== undefined) return edits;
    for (const [index, { lane, found }] of fresh.entries()) {
      if (!named.has(index) || this.wasPutBack(found, 'text')) continue;
      // What a detector saw too late to be held can't be taken back: the policy's will is not done, so nothing more leaves.
      if (lane.isOut(found.wire)) {
        this.block('late-finding');
        return edits;
      }
      const own = edits.get(lane);
      const edit = { ...found.wire, text: this.place(found) };
      if (own === undefined) edits.set(lane, [edit]);
      else own.push(edit);
    }
    return edits;
  }

  /** A value that is put back for this principal is not taken out again. */
  private wasPutBack({ finding }: LaneFinding, sink: RestoreSink, tool?: string): boolean {
    const { placeholders, mayRestore } = this.parts;
    return placeholders.knows(finding.type, finding.fingerprint) && mayRestore(sink, tool);
  }

  private place({ finding, value }: LaneFinding): string {
    this.redactedCounts[finding.type] = (this.redactedCounts[finding.type] ?? 0) + 1;
    return this.parts.placeholders.place(finding.type, finding.fingerprint, value);
  }

  private watchLimits(nowMs: number): void {
    const { hold } = this.parts;
    if (this.gate.heldEvents > HELD_EVENTS_MAX) this.block('hold-events');
    for (const lane of this.live) {
      const { watch } = lane;
      if (watch.ended) {
        this.stopClock(lane, nowMs);
        this.live.delete(lane);
        continue;
      }
      if (watch instanceof CallLane) {
        if (watch.bytes > hold.toolCallBytes) this.exceed(lane, 'hold-bytes');
      } else if (watch.heldChars > hold.textChars) {
        this.exceed(lane, 'hold-chars');
      } else {
        this.clock(lane, watch, nowMs);
        const { heldSinceMs = nowMs } = lane;
        if (nowMs - heldSinceMs <= hold.textMs) continue;
        this.stopClock(lane, nowMs);
        this.exceed(lane, 'hold-ms');
      }
    }
  }

  /** Held time counts from when nothing of a text has become clear any more. */
  private clock(lane: WatchedLane, watch: TextLane, nowMs: number): void {
    const progressed = watch.takeProgress();
    if (progressed || watch.heldChars === 0) this.stopClock(lane, nowMs);
    if (watch.heldChars > 0) lane.heldSinceMs ??= nowMs;
  }

  private stopClock(lane: WatchedLane, nowMs: number): void {
    if (lane.heldSinceMs === undefined) return;
    this.heldMs += nowMs - lane.heldSinceMs;
    lane.heldSinceMs = undefined;
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
    // What a call carries passes unseen, but not which tool it calls.
    if (watch instanceof CallLane) this.ruleCall(watch, [], [UNWATCHED]);
    else {
      this.output.note([UNWATCHED]);
      this.ruleOutput([]);
    }
    this.gate.clear(watch.lane.id, watch.received);
  }

  /** Ends the answer for a reason of our own, which stands in the place of a policy. */
  private block(reason: string): void {
    const { decision: was, recorded } = this.output.current;
    const decision: Decision = { ...was, verdict: 'block', policies: [`posture:${reason}`] };
    this.heed({ decision, effect: effectOf(decision), recorded: { ...recorded, decision } });
  }

  private heed(ruling: Ruling): void {
    if (this.stop === undefined && ruling.decision.verdict !== 'allow') this.stop = ruling;
  }
}

interface Fresh {
  readonly lane: TextLane;
  readonly found: LaneFinding;
}

const NO_EDITS: readonly TextEdit[] = [];
const UNWATCHED: ReceiptLine = {
  detector: 'hold',
  version: '1',
  status: 'skipped',
  reason: 'hold-limit',
  segments: 1,
};
