import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldsOf } from './dialects/dialect.ts';
import { Gathered } from './dialects/gathered.ts';
import { eventsIn } from './dialects/read-events.ts';
import { DIALECTS, DRILL_PROTOCOLS, wayName } from './dialects.ts';

function frame(payload: string): Buffer {
  const frame = Buffer.alloc(12 + 4 + payload.length + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(4, 4);
  frame.write(payload, 16);
  return frame;
}

describe('eventsIn()', () => {
  it('reads events of text, whatever ends their lines, and passes over what is no JSON', () => {
    const text = 'event: a\ndata: {"a":1}\n\ndata: {"b":\r\ndata: 2}\r\n\r\ndata: [DONE]\n\n: note\n\n';
    expect(eventsIn(Buffer.from(text), 'sse')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('reads lines, the last one as far as it came', () => {
    expect(eventsIn(Buffer.from('{"a":1}\n{"b":2}\n{"c"'), 'lines')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('reads frames up to the first that is none, or has no end', () => {
    const two = Buffer.concat([frame('{"a":1}'), frame('{"b":2}')]);
    expect(eventsIn(two, 'frames')).toEqual([{ a: 1 }, { b: 2 }]);
    expect(eventsIn(two.subarray(0, -1), 'frames')).toEqual([{ a: 1 }]);
    for (const [at, value] of [
      [0, 0],
      [0, 0xffffffff],
      [4, 0xffffffff],
    ] as const) {
      const broken = frame('{"a":1}');
      broken.writeUInt32BE(value, at);
      expect(eventsIn(Buffer.concat([broken, two]), 'frames')).toEqual([]);
    }
  });

  it('ends for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        for (const framing of ['sse', 'lines', 'frames'] as const)
          expect(eventsIn(Buffer.from(bytes), framing)).toBeInstanceOf(Array);
      }),
    );
  });
});

describe.each(DRILL_PROTOCOLS)('%s', (protocol) => {
  const dialect = DIALECTS[protocol];

  it('reads anything without a failure, and takes nothing for an answer that says nothing of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const into = new Gathered();
        dialect.read(fieldsOf(value), into);
        expect(typeof into.said.text).toBe('string');
      }),
    );
    for (const value of [null, 7, [], {}, 'x']) {
      const into = new Gathered();
      dialect.read(fieldsOf(value), into);
      expect([into.isAnswer, into.said]).toEqual([false, { text: '', calls: [] }]);
    }
  });

  it('says every turn, tool and piece of a conversation', () => {
    const text = JSON.stringify(
      dialect.body(
        {
          system: 'the-system',
          turns: [
            { by: 'user', pieces: ['piece-one', 'piece-two'] },
            { by: 'assistant', text: 'the-answer' },
            { by: 'call', id: 'id-1', tool: 'the_tool', arguments: { topic: 'the-topic' } },
            { by: 'result', id: 'id-1', tool: 'the_tool', pieces: ['result-one', 'result-two'] },
          ],
          tools: [{ name: 'the_tool', description: 'the-description', parameters: { topic: 'the-parameter' } }],
        },
        { model: 'm', stream: false },
      ),
    );
    const said = ['the-system', 'piece-one', 'piece-two', 'the-answer', 'the-topic', 'result-one', 'result-two'];
    for (const each of [...said, 'the_tool', 'the-description', 'the-parameter']) expect(text).toContain(each);
  });
});

describe('wayName()', () => {
  it('tells streams apart', () => {
    expect([false, true].map((stream) => wayName({ protocol: 'gemini', stream }))).toEqual(['gemini', 'gemini-stream']);
  });
});
