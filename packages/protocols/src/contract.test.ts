import {
  type AnswerCodec,
  type AnswerHead,
  ERRORS,
  type ErrorCode,
  isFault,
  type LaneId,
  type ParsedRequest,
  type PartEdits,
  type ProtocolAdapter,
  type Refusal,
  type Segment,
  StreamGate,
  type TextEdit,
  type WireEvent,
} from '@sallyport/core';
import { applyEdits } from '@sallyport/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBooked } from './answer/lane-book.ts';
import { protocols } from './index.ts';
import { contentOf } from './testing/frames.ts';
import {
  type AnswerSample,
  parseSample,
  type RequestSample,
  SAMPLE_LIMITS,
  type Samples,
  samplesOf,
} from './testing/samples.ts';

/**
 * What every protocol must do, whatever it speaks. A protocol joins by being in `protocols` and by having fixtures of true
 * wire bytes (see `testing/samples.ts`). A text of a fixture that holds a space is one that a person may have written:
 * nothing may miss it.
 */
const LIMITS = SAMPLE_LIMITS;
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };

for (const adapter of protocols) describeProtocolContract(adapter, samplesOf(adapter));

function describeProtocolContract(adapter: ProtocolAdapter, { requests, answers }: Samples): void {
  describe(`${adapter.id}: request()`, () => {
    for (const sample of requests) describeRequest(adapter, sample);
  });
  describe(`${adapter.id}: answer()`, () => {
    for (const sample of answers) describeAnswer(adapter, sample);
  });
  describe(`${adapter.id}: what the gateway says itself`, () => {
    test('every error code has a reply with its status and a JSON body', () => {
      for (const code of Object.keys(ERRORS) as ErrorCode[]) {
        const reply = adapter.fault(code, 'x1');
        expect(reply.status).toBe(ERRORS[code].status);
        expect(JSON.parse(text(reply.body))).toBeTypeOf('object');
      }
    });

    test('a client is asked for its key where its SDK puts it', () => {
      const headers = { authorization: 'Bearer client-key' };
      expect(adapter.credential({ method: 'POST', path: '/', query: '', headers })).toBe('client-key');
      expect(adapter.credential({ method: 'POST', path: '/', query: '', headers: {} })).toBeUndefined();
    });
  });
}

function describeRequest(adapter: ProtocolAdapter, { name, bytes, endpoint }: RequestSample): void {
  const parse = (body: Uint8Array) => parseSample(adapter, { bytes: body, endpoint });
  const parsed = parse(bytes);
  const segments = segmentsOf(parsed);

  test(`${name}: finds every text that a person may have written`, () => {
    const found = new Set(segments.map((segment) => segment.text));
    for (const human of humanTexts(JSON.parse(text(bytes)))) expect(found, human).toContain(human);
  });

  test(`${name}: each segment stands where it says`, () => {
    for (const { text: decoded, at } of segments) {
      const literal = text((parsed.slices[at.slice]?.bytes ?? bytes).subarray(at.start, at.end));
      const outer: unknown = JSON.parse(literal);
      if (at.encoding === 'base64') {
        expect(Buffer.from(String(outer), 'base64').toString()).toBe(decoded);
        continue;
      }
      const inner = at.inner === undefined ? outer : JSON.parse(String(outer).slice(at.inner.start, at.inner.end));
      expect(typeof inner === 'number' ? literalNumber(literal, at.inner) : inner).toBe(decoded);
    }
  });

  test(`${name}: no edits give the same bytes, the very array`, () => {
    expect(adapter.patch(parsed, [])).toBe(bytes);
    expect(
      adapter.patch(
        parsed,
        segments.map(({ at }) => ({ at, edits: [] })),
      ),
    ).toBe(bytes);
  });

  test(`${name}: an edit changes its text and not one byte beside its literal`, () => {
    fc.assert(
      fc.property(fc.nat(segments.length - 1), edits, (which, make) => {
        const segment = segments[which];
        if (segment === undefined) return;
        const list = make(segment.text);
        const patched = adapter.patch(parsed, [{ at: segment.at, edits: list }]);
        if (list.length === 0) {
          expect(patched).toBe(bytes);
          return;
        }
        const read = segmentsOf(parse(patched));
        const again = read.map((each) => each.text);
        const expected = segments.map((each) => each.text);
        // A text of which nothing is left, or nothing but a plain name, is no text any more.
        if (again.length === expected.length) expected[which] = readAgain(segment, read[which], list);
        else expected.splice(which, 1);
        expect(again).toEqual(expected);
        const { start, end } = changed(bytes, patched);
        const literal = bytes.subarray(start, end).length;
        expect(literal).toBeLessThanOrEqual(segment.at.end - segment.at.start);
      }),
      { numRuns: 200 },
    );
  });

  test(`${name}: edits of all texts at once give each its own`, () => {
    const all = segments.map(({ at, text: was }) => ({
      at,
      edits: [{ start: 0, end: Math.min(1, was.length), text: 'é"\\' }],
    }));
    const again = segmentsOf(parse(adapter.patch(parsed, all)));
    expect(again.map((each) => each.text)).toEqual(segments.map(({ text: was }) => `é"\\${was.slice(1)}`));
  });

  test(`${name}: a truncated body is a fault at every byte, never an exception`, () => {
    const end = text(bytes).trimEnd().length === text(bytes).length ? bytes.length : bytes.length - 1;
    for (let cut = 0; cut < end; cut += 1)
      expect(isFault(adapter.request(bytes.subarray(0, cut), endpoint, LIMITS)), `${cut}`).toBe(true);
  });

  test(`${name}: what damaged bytes it takes, JSON.parse takes`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (damage) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, byte] of damage) damaged[at] = byte;
          const got = adapter.request(damaged, endpoint, LIMITS);
          if (isFault(got) || got.slices.some((slice) => isFault(slice.open()))) return;
          expect(JSON.parse(text(damaged))).toBeTypeOf('object');
        },
      ),
      { numRuns: 500 },
    );
  });

  test(`${name}: a whole refusal is an answer that its own codec reads to the end`, () => {
    const reply = adapter.refuse(REFUSAL, parsed);
    // Where nothing is generated there is nothing to refuse in: the answer is an error.
    if (reply.status >= 400) {
      expect(text(reply.body)).toContain(REFUSAL.message);
      return;
    }
    const [contentType = ''] = (reply.headers['content-type'] ?? '').split(';');
    const events = run(adapter.answer(parsed, { status: reply.status, contentType }, LIMITS), [reply.body]);
    expect(events.at(-1)?.terminal).toBe(true);
    const shown = [...laneTexts(events).values()];
    // Where JSON was asked for, the refusal may stand in JSON.
    expect(shown.filter((each) => each.includes(REFUSAL.message))).toHaveLength(parsed.facts.choices);
  });
}

function describeAnswer(adapter: ProtocolAdapter, { name, bytes, head, request }: AnswerSample): void {
  const parsed = parseSample(adapter, request);
  const codec = () => adapter.answer(parsed, head, LIMITS);
  const whole = run(codec(), [bytes]);

  test(`${name}: untouched traffic leaves byte for byte, and lanes say the same, however it is cut`, () => {
    const released = Buffer.concat(whole.map((event) => event.raw));
    expect(released.equals(Buffer.from(bytes).subarray(0, released.length))).toBe(true);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const reader = codec();
        const events = run(reader, chunks(bytes, cuts));
        expect(Buffer.concat(events.map((event) => reader.rewrite(event, []))).equals(released)).toBe(true);
        expect(laneTexts(events)).toEqual(laneTexts(whole));
      }),
    );
  });

  test(`${name}: cut into single bytes it says the same`, () => {
    const events = run(
      codec(),
      chunks(
        bytes,
        Array.from({ length: bytes.length }, (_, at) => at),
      ),
    );
    expect(laneTexts(events)).toEqual(laneTexts(whole));
    // Numbers of tokens among it, wherever a read ends.
    expect(factsIn(events)).toEqual(factsIn(whole));
  });

  test(`${name}: every text that a person may read is in a lane, or repeats one`, () => {
    for (const event of whole) {
      const shown = event.parts.map((part) => part.text).join('\n');
      for (const human of humanTextsOf(head, event)) expect(shown).toContain(human);
    }
  });

  test(`${name}: lanes open before their text, close once, and are all closed at the end`, () => {
    const open = new Set<LaneId>();
    for (const event of whole) {
      for (const lane of event.opens) open.add(lane.id);
      for (const part of event.parts) if (part.echo === undefined) expect(open).toContain(part.lane);
      for (const lane of event.closes) expect(open.delete(lane)).toBe(true);
    }
    expect([...open]).toEqual([]);
    expect(whole.map((event) => event.terminal)).toEqual(whole.map((_, at) => at === whole.length - 1));
  });

  test(`${name}: what a gate lets out after edits says what was edited, and is still whole`, () => {
    const texts = laneTexts(whole);
    const lanes = [...texts.keys()];
    if (lanes.length === 0) return;
    fc.assert(
      fc.property(fc.nat(lanes.length - 1), edits, (which, make) => {
        const id = lanes[which] ?? '';
        const list = editable(whole, id) ? make(texts.get(id) ?? '') : [];
        const rewritten = throughGate(codec(), bytes, new Map([[id, list]]));
        const again = laneTexts(run(codec(), [rewritten]));
        const edited = applyEdits(texts.get(id) ?? '', list);
        // Words of which an edit leaves nothing but what an identifier looks like may stand where identifiers do.
        if (again.has(id) || !/^[\w.:/-]*$/.test(edited)) expect(again.get(id) ?? '').toBe(edited);
        for (const other of lanes) {
          if (other !== id && editable(whole, other) && !other.startsWith(`${id}/`))
            expect(again.get(other), other).toBe(texts.get(other));
        }
        if (list.length === 0) expect(Buffer.from(bytes).subarray(0, rewritten.length).equals(rewritten)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test(`${name}: leaves of a call stand where they say`, () => {
    const reader = codec();
    const events = run(reader, [bytes]);
    const texts = laneTexts(events);
    for (const lane of events.flatMap((event) => event.opens)) {
      if (lane.release !== 'whole') continue;
      const laneText = texts.get(lane.id) ?? '';
      for (const leaf of reader.leaves(lane, laneText)) {
        const source = laneText.slice(leaf.at.start, leaf.at.end);
        const isString = leaf.literal && source.startsWith('"');
        expect(isString ? JSON.parse(source) : source).toBe(leaf.text);
      }
    }
  });

  test(`${name}: an answer that breaks off is a fault, never a clean end`, () => {
    const released = whole.reduce((sum, event) => sum + event.raw.length, 0);
    const lastLine = codec().streams ? 4 : 1;
    for (const cut of cutsOf(whole, released - lastLine)) {
      const reader = codec();
      const got = reader.push(bytes.subarray(0, cut));
      const ended = isFault(got) ? got : reader.end();
      if (head.contentType === 'text/html' || head.status >= 400) continue;
      expect(isFault(ended), `cut at ${cut}`).toBe(true);
    }
  });

  test(`${name}: damaged bytes are a fault or lanes, never an exception`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (damage) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, byte] of damage) damaged[at] = byte;
          const reader = codec();
          const got = reader.push(damaged);
          if (!isFault(got)) reader.end();
        },
      ),
      { numRuns: 300 },
    );
  });

  if (codec().streams) {
    test(`${name}: refused after any event, the stream is still one that its codec reads to the end`, () => {
      for (let after = 0; after < whole.length; after += 1) {
        const reader = codec();
        const seen = whole.slice(0, after).flatMap((event) => {
          const got = reader.push(event.raw);
          return isFault(got) ? [] : got;
        });
        const held = heldFrom(seen);
        const out = Buffer.concat([
          ...seen.slice(0, held).map((event) => event.raw),
          reader.refuse(REFUSAL, seen.slice(held)),
        ]);
        const events = run(codec(), [out]);
        expect(events.at(-1)?.terminal).toBe(true);
        const shown = [...laneTexts(events).values()].filter((each) => each.includes(REFUSAL.message));
        expect(shown.length).toBeGreaterThanOrEqual(1);
      }
    });

    test(`${name}: an error in band is one that its codec knows for an error`, () => {
      const reader = codec();
      const events = run(codec(), [reader.fault('UPSTREAM_BROKEN')]);
      expect(events.some((event) => event.facts?.error === true)).toBe(true);
    });
  }
}

/** Every place to cut an answer at; of a long one those around the ends of its events, and a share of the others. */
function cutsOf(events: readonly WireEvent[], before: number): readonly number[] {
  const all = Array.from({ length: Math.max(0, before) }, (_, cut) => cut);
  if (before <= EVERY_CUT_BYTES) return all;
  const near = new Set<number>();
  let end = 0;
  for (const { raw } of events) {
    end += raw.length;
    for (let cut = end - 3; cut <= end + 3; cut += 1) near.add(cut);
  }
  return all.filter((cut) => near.has(cut) || cut % 41 === 0);
}

/** Reading a beginning of an answer for each of its bytes costs the square of them. */
const EVERY_CUT_BYTES = 1_500;

/** What an answer says about itself: later events override earlier ones. */
function factsIn(events: readonly WireEvent[]): object {
  return Object.assign({}, ...events.map(({ facts }) => facts));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function segmentsOf(parsed: ParsedRequest): readonly Segment[] {
  return parsed.slices.flatMap((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new Error(`${content.fault} at ${content.at}`);
    return content.segments;
  });
}

/** The range of the original that differs. */
function changed(before: Uint8Array, after: Uint8Array): { readonly start: number; readonly end: number } {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - start;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return { start, end: before.length - tail };
}

/** A number keeps its digits as they are written. */
function literalNumber(literal: string, inner: { readonly start: number; readonly end: number } | undefined): string {
  return inner === undefined ? literal : String(JSON.parse(literal)).slice(inner.start, inner.end);
}

/** Strings and keys that hold a space, also inside strings that hold JSON; payloads are none. */
function humanTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    if (/^[[{"]/.test(value)) {
      try {
        return humanTexts(JSON.parse(value));
      } catch {
        return [value];
      }
    }
    return value.includes(' ') && !/^data:[^,]*;base64,/.test(value) ? [value] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(!Array.isArray(value) && key.includes(' ') ? [key] : []),
    ...humanTexts(inner),
  ]);
}

function humanTextsOf(head: AnswerHead, event: WireEvent): readonly string[] {
  const { values, texts } = contentOf(head, event);
  return [...texts.filter((value) => value.includes(' ')), ...values.flatMap(strings)];
}

function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes(' ') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

function chunks(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b);
  return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end));
}

function run(codec: AnswerCodec, input: readonly Uint8Array[]): readonly WireEvent[] {
  const events: WireEvent[] = [];
  const take = (got: ReturnType<AnswerCodec['push']>) => {
    if (isFault(got)) throw new Error(`${got.fault} at ${got.at}`);
    events.push(...got);
  };
  for (const chunk of input) take(codec.push(chunk));
  take(codec.end());
  return events;
}

function laneTexts(events: readonly WireEvent[]): ReadonlyMap<LaneId, string> {
  const texts = new Map<LaneId, string>();
  for (const { parts } of events) {
    for (const part of parts)
      if (part.echo === undefined) texts.set(part.lane, (texts.get(part.lane) ?? '') + part.text);
  }
  return texts;
}

/** Edits that begin and end beside surrogate pairs, for a text that is not known yet. */
const edits = fc
  .array(fc.tuple(fc.nat(400), fc.constantFrom('', '[EMAIL_1]', 'x "quoted" \\ é😀\n')), { maxLength: 3 })
  .map((plan) => (was: string): readonly TextEdit[] => {
    const boundary = (at: number) => (/[\udc00-\udfff]/.test(was[at] ?? '') ? at - 1 : at);
    const ends = [...new Set(plan.flatMap(([at]) => [at, at + 3]).map((at) => boundary(at % (was.length + 1))))];
    ends.sort((a, b) => a - b);
    const list: TextEdit[] = [];
    for (let i = 0; i + 1 < ends.length; i += 2) {
      list.push({ start: ends[i] ?? 0, end: ends[i + 1] ?? 0, text: plan[i % plan.length]?.[1] ?? '' });
    }
    return list;
  });

/** A text once it is edited. One that was no base64 of a text may have become one: then it is read as the text that it holds. */
function readAgain({ text: was, at }: Segment, now: Segment | undefined, list: readonly TextEdit[]): string {
  const edited = applyEdits(was, list);
  const becameText = at.encoding === undefined && now?.at.encoding === 'base64';
  return becameText ? Buffer.from(edited, 'base64').toString() : edited;
}

/**
 * Lanes whose edited text can be read again: not those that are never edited, not log-probabilities (their elements are dropped), not calls (a name or
 * arguments with holes are another call), not lines of a stream, whose line feeds become spaces, and not what holds text that
 * is never written: the end of a lane that it goes on with, or what stands between texts that share it.
 */
function editable(events: readonly WireEvent[], id: LaneId): boolean {
  const lane = events.flatMap((event) => event.opens).find((each) => each.id === id);
  const unwritten = events.some((event) => {
    if (!isBooked(event)) return false;
    return event.parts.some((part, at) => part.lane === id && event.places[at]?.kind === 'context');
  });
  return lane?.release === 'text' && lane.fixed !== true && !unwritten && !/logprobs|^stream\//.test(id);
}

function throughGate(codec: AnswerCodec, bytes: Uint8Array, wanted: ReadonlyMap<LaneId, readonly TextEdit[]>): Buffer {
  const gate = new StreamGate();
  const texts = new Map<LaneId, number>();
  const events = run(codec, [bytes]);
  for (const event of events) {
    gate.push(event);
    // A call may say nothing, and is decided all the same.
    for (const { id } of event.opens) texts.set(id, texts.get(id) ?? 0);
    for (const part of event.parts) {
      if (part.echo === undefined) texts.set(part.lane, (texts.get(part.lane) ?? 0) + part.text.length);
    }
  }
  for (const [lane, length] of texts) gate.clear(lane, length, wanted.get(lane) ?? []);
  return Buffer.concat(
    gate.take().map(({ event, edits: list }) => codec.rewrite(event, list satisfies readonly PartEdits[])),
  );
}

/** Where a refused stream stops: calls that are not closed are held, and all that follows them. */
function heldFrom(events: readonly WireEvent[]): number {
  const closed = new Set(events.flatMap((event) => event.closes));
  const calls = new Set(
    events.flatMap((event) => event.opens.filter((lane) => lane.release === 'whole')).map(({ id }) => id),
  );
  const held = events.findIndex((event) => event.parts.some(({ lane }) => calls.has(lane) && !closed.has(lane)));
  return held < 0 ? events.length : held;
}
