import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply } from './call-lane.ts';
import type { PartEdits, TextEdit, WireEvent } from './protocol.ts';
import { type Released, StreamGate } from './stream-gate.ts';

const event = (text: string, lane = 'a'): WireEvent => ({
  raw: new TextEncoder().encode(text),
  opens: [],
  parts: text === '' ? [] : [{ lane, text }],
  closes: [],
  unseen: [],
  terminal: false,
});

/** Events that came together, as one. */
function runOf(texts: readonly string[]): WireEvent {
  const whole = event(texts.join(''));
  if (texts.length === 1) return whole;
  const ends = texts.map((_, index) => texts.slice(0, index + 1).join('').length);
  return {
    ...whole,
    run: {
      count: texts.length,
      within: (chars) => ends.filter((end) => end <= chars).length,
      part: (count) => [runOf(texts.slice(0, count)), runOf(texts.slice(count))],
    },
  };
}

function textOf({ event: { parts }, edits }: Released): string {
  return parts.map(({ text }, part) => apply(text, editsFor(edits, part))).join('');
}

function editsFor(edits: readonly PartEdits[], part: number): readonly TextEdit[] {
  return edits.find((one) => one.part === part)?.edits ?? [];
}

describe('StreamGate', () => {
  it('`take()` releases an event only when all of its text was cleared', () => {
    const gate = new StreamGate();
    gate.push(event('hello'));
    expect(gate.take()).toHaveLength(0);
    gate.clear('a', 4);
    expect(gate.take()).toHaveLength(0);
    expect(gate.heldChars).toBe(1);
    gate.clear('a', 5);
    expect(gate.take()).toHaveLength(1);
    expect(gate.heldEvents).toBe(0);
  });

  it('`take()` keeps wire order: a held lane holds what came behind it', () => {
    const gate = new StreamGate();
    gate.push(event('first', 'a'));
    gate.push(event('second', 'b'));
    gate.clear('b', 6);
    expect(gate.take()).toHaveLength(0);
    gate.clear('a', 5);
    expect(gate.take().map(({ event: { parts } }) => parts[0]?.text)).toEqual(['first', 'second']);
  });

  it('`take()` gives untouched events back as the very same bytes', () => {
    const gate = new StreamGate();
    const first = event('same');
    gate.push(first);
    gate.clear('a', 4);
    const [released] = gate.take();
    expect(released?.event.raw).toBe(first.raw);
    expect(released?.edits).toEqual([]);
  });

  it('`take()` holds what opens a lane that is decided whole, even when it carries no text of it', () => {
    const gate = new StreamGate();
    const lane = {
      id: 'call',
      point: 'tool-call',
      origin: { role: 'assistant', field: 'arguments' },
      release: 'whole',
    } as const;
    gate.push({ ...event(''), opens: [lane] });
    expect(gate.take()).toHaveLength(0);
    expect(gate.heldChars).toBe(0);
    gate.push(event('{}', 'call'));
    gate.clear('call', 2);
    expect(gate.take()).toHaveLength(2);
  });

  it('`clear()` refuses an edit of text that may already have left', () => {
    const gate = new StreamGate();
    gate.push(event('abcdef'));
    gate.clear('a', 3);
    expect(() => gate.clear('a', 6, [{ start: 2, end: 4, text: 'x' }])).toThrow(RangeError);
  });

  it('an echo is edited like the text that it repeats, and adds nothing to hold', () => {
    const gate = new StreamGate();
    gate.push({
      ...event('my secret'),
      parts: [
        { lane: 'a', text: 'my secret' },
        { lane: 'a', text: 'secret', echo: { from: 3 } },
      ],
    });
    expect(gate.heldChars).toBe(9);
    gate.clear('a', 9, [{ start: 3, end: 9, text: '[S_1]' }]);
    const [released] = gate.take();
    expect(released?.edits).toEqual([
      { part: 0, edits: [{ start: 3, end: 9, text: '[S_1]' }] },
      { part: 1, edits: [{ start: 0, end: 6, text: '[S_1]' }] },
    ]);
  });

  it('lets the beginning of a run leave as one, and counts the events that it keeps', () => {
    const gate = new StreamGate();
    gate.push(runOf(['one ', 'two ', 'three ']));
    expect(gate.heldEvents).toBe(3);
    gate.clear('a', 3);
    expect(gate.take()).toHaveLength(0);
    gate.clear('a', 9);
    expect(gate.take().map(textOf)).toEqual(['one two ']);
    expect(gate.heldEvents).toBe(1);
    gate.clear('a', 14);
    expect(gate.take().map(textOf)).toEqual(['three ']);
    expect(gate.heldEvents).toBe(0);
  });

  it('takes a run apart where an edit touches it', () => {
    const gate = new StreamGate();
    gate.push(runOf(['my ', 'sec', 'ret', ' is']));
    gate.clear('a', 12, [{ start: 3, end: 9, text: '[S_1]' }]);
    expect(gate.take().map(textOf)).toEqual(['my ', '[S_1]', '', ' is']);
  });

  it('released texts equal the edited whole, at every cut of text, edits and clearing', () => {
    const arbitrary = fc.record({
      runs: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
      text: fc.string({ minLength: 1, maxLength: 60 }),
      cuts: fc.array(fc.nat(60), { maxLength: 12 }),
      ranges: fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 9 })), { maxLength: 6 }),
      steps: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 10 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ text, cuts, ranges, steps, runs }) => {
        const edits = disjoint(ranges, text.length);
        const gate = new StreamGate();
        for (const run of inRuns(chunked(text, cuts), runs)) gate.push(runOf(run));
        let out = '';
        let cleared = 0;
        for (const step of [...steps, text.length]) {
          let upTo = Math.min(text.length, cleared + step);
          const crossing = edits.find(({ start, end }) => start < upTo && upTo < end);
          if (crossing !== undefined) upTo = crossing.end;
          gate.clear(
            'a',
            upTo,
            edits.filter(({ start, end }) => start >= cleared && end <= upTo),
          );
          cleared = Math.max(cleared, upTo);
          out += gate.take().map(textOf).join('');
        }
        expect(out).toBe(apply(text, edits));
      }),
    );
  });
});

function disjoint(ranges: readonly (readonly [number, number])[], length: number): TextEdit[] {
  const edits: TextEdit[] = [];
  for (const [start, size] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = edits.at(-1);
    const end = Math.min(length, start + size);
    if (start >= length || (last !== undefined && start < last.end)) continue;
    edits.push({ start, end, text: `<${start}>` });
  }
  return edits;
}

function inRuns(texts: readonly string[], sizes: readonly number[]): readonly (readonly string[])[] {
  const runs: (readonly string[])[] = [];
  for (let at = 0; at < texts.length; ) {
    const size = sizes[runs.length % sizes.length] ?? 1;
    runs.push(texts.slice(at, at + size));
    at += size;
  }
  return runs;
}

function chunked(text: string, cuts: readonly number[]): string[] {
  const points = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
  return points.slice(1).map((end, index) => text.slice(points[index], end));
}
