import { oneByOne } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { bookedRun } from './booked-run.ts';
import { EventTemplate, latin1Of } from './event-template.ts';
import { type BookedEvent, LaneBook } from './lane-book.ts';
import { RepeatedEvents } from './repeated-events.ts';
import { rewriteEvent } from './rewrite-event.ts';

const eventOf = (text: string, count: number) => `data: {"n":${count},"t":${JSON.stringify(text)}}\n\n`;

/** A run of events that say `texts`, numbered from `first`. */
function runOf(texts: readonly string[], first = 0, recurs = false): BookedEvent {
  const book = new LaneBook();
  const lane = book.lane({ id: 'a', field: 'content', recurs });
  const data = '{"n":0,"t":"x"}';
  const raw = Buffer.from(eventOf('x', 0));
  const pieces = [{ offset: 0, start: 6, end: raw.length - 2 }];
  const template = EventTemplate.of({
    event: { ...book.take({ raw, pieces, facts: undefined }, false) },
    data,
    lane,
    group: 0,
    text: { start: data.indexOf('"x"'), end: data.indexOf('"x"') + 3 },
    padding: undefined,
    count: { start: data.indexOf('0'), end: data.indexOf('0') + 1 },
  });
  const bytes = Buffer.from(texts.map((text, index) => eventOf(text, first + index)).join(''));
  const events = new RepeatedEvents(template as EventTemplate, 0);
  const units = latin1Of(bytes);
  for (let at = 0; at < units.length; at = events.end) {
    const found = template?.match(units, at);
    if (found === undefined || !events.add(found)) break;
  }
  book.repeat(events);
  const { marks, parts } = book.take({ raw: bytes, pieces: [], facts: undefined }, false);
  return bookedRun({
    events,
    raw: bytes,
    marks: [...marks, { group: 0, says: 'counted', value: first }],
    closes: ['b'],
    at: parts[0]?.at,
  });
}

describe('bookedRun()', () => {
  it('is one event with the bytes, the text and the marks of all', () => {
    const run = runOf(['one ', 'zwei \u00e9 ', '"3"'], 7);
    expect(run.run?.count).toBe(3);
    expect(run.parts).toEqual([{ lane: 'a', text: 'one zwei \u00e9 "3"' }]);
    expect(run.marks).toEqual([
      { group: 0, says: 'text', times: 3 },
      { group: 0, says: 'counted', value: 7, times: 3 },
    ]);
    expect(Buffer.from(run.raw).toString()).toBe(eventOf('one ', 7) + eventOf('zwei \u00e9 ', 8) + eventOf('"3"', 9));
  });

  it('parts into events that are what they would have been alone', () => {
    const events = oneByOne(runOf(['one ', 'zwei \u00e9 ', '"3"'], 7)) as readonly BookedEvent[];
    expect(events.map(({ raw }) => Buffer.from(raw).toString())).toEqual([
      eventOf('one ', 7),
      eventOf('zwei \u00e9 ', 8),
      eventOf('"3"', 9),
    ]);
    expect(events.map(({ parts }) => parts[0]?.text)).toEqual(['one ', 'zwei \u00e9 ', '"3"']);
    expect(events.map(({ closes }) => closes)).toEqual([['b'], [], []]);
    expect(events.map(({ marks }) => marks[1]?.value)).toEqual([7, 8, 9]);
    const edited = events.map((event) =>
      Buffer.from(rewriteEvent(event, [{ part: 0, edits: [{ start: 1, end: 2, text: '"\n' }] }])).toString(),
    );
    expect(edited).toEqual([eventOf('o"\ne ', 7), eventOf('z"\nei \u00e9 ', 8), eventOf('""\n"', 9)]);
  });

  it('says where in its lane the text of each event stands, when that recurs', () => {
    const events = oneByOne(runOf(['one ', 'two ', 'x'], 0, true)) as readonly BookedEvent[];
    expect(events.map(({ parts }) => parts[0]?.at)).toEqual([0, 4, 8]);
    expect(runOf(['one ', 'two ']).parts[0] as object).not.toHaveProperty('at');
  });

  it('says how many of its events end within so much text', () => {
    const { run } = runOf(['one ', 'two ', 'x']);
    expect([0, 3, 4, 7, 8, 9, 99].map((chars) => run?.within(chars))).toEqual([0, 0, 1, 1, 2, 3, 3]);
    const rest = run?.part(1)[1].run;
    expect([0, 3, 4, 5].map((chars) => rest?.within(chars))).toEqual([0, 0, 1, 2]);
    expect(() => run?.part(0)).toThrow(RangeError);
    expect(() => run?.part(3)).toThrow(RangeError);
  });

  it('begins anew where the events do not count on', () => {
    const { run, parts } = runOf(['one ', 'two '], 3);
    expect(run?.count).toBe(2);
    expect(parts[0]?.text).toBe('one two ');
    const events = new RepeatedEvents({} as EventTemplate, 0);
    const match = { text: 'x', start: 0, end: 3, eventEnd: 9 };
    expect(events.add({ ...match, count: 4 })).toBe(true);
    expect(events.add({ ...match, count: 6 })).toBe(false);
    expect(events.add({ ...match, count: undefined })).toBe(false);
    expect(events.add({ ...match, count: 5 })).toBe(true);
    expect(events.count).toBe(2);
  });
});
