import { describe, expect, it } from 'vitest';
import type { Speaker } from './conversation.ts';
import type { ConversationInspector, ReceiptLine } from './detector.ts';
import { type ConversationSlice, judgeConversation, turnsOf } from './judge-conversation.ts';
import type { Segment, SliceContent } from './protocol.ts';

const FAILED: ReceiptLine = {
  detector: 'turns',
  version: '1',
  segments: 1,
  status: 'failed',
  reason: 'detector-threw',
};

/** Finds in a turn how many turns were seen, and notes the length of each. */
function readerOf() {
  const noted: string[] = [];
  const conversation: ConversationInspector = {
    failed: FAILED,
    tellsAlone: (text) => text.includes('alone'),
    note: (text) => {
      noted.push(text);
      return text === 'break' ? undefined : { chars: text.length };
    },
    judge: ({ turns }, chars) => ({
      findings: [
        {
          detector: 'turns',
          category: 'multi-turn',
          type: 'escalation',
          score: turns.length / 100,
          span: { start: 0, end: chars },
          via: [],
          fingerprint: JSON.stringify(turns.map(({ note }) => note)),
        },
      ],
      broken: [],
    }),
  };
  return { noted, inspector: { version: '1', conversation } as never, conversation };
}

type Reader = ReturnType<typeof readerOf>;

/** A message of one text, as it is remembered. */
function messageOf(reader: Reader, role: Speaker, text: string): ConversationSlice {
  const segment: Segment = { point: 'input', origin: { role, field: 'content' }, text } as never;
  const content: SliceContent = { segments: [segment], unseen: [] };
  const slice = { open: () => content };
  return {
    slice,
    segments: [{ chars: text.length }],
    findings: [],
    turns: turnsOf([segment], [], reader.inspector),
  };
}

function judged(reader: Reader, messages: readonly ConversationSlice[]) {
  return judgeConversation(messages, reader, (slice) => slice.open());
}

describe('judgeConversation()', () => {
  it('reads no turn of a user who said one thing that is nothing by itself', () => {
    const reader = readerOf();
    const messages = [messageOf(reader, 'user', 'one'), messageOf(reader, 'assistant', 'two')];
    expect(judged(reader, messages)).toEqual({ slices: messages, broken: [] });
    expect(reader.noted).toEqual([]);
  });

  it('judges a single turn that may be something by itself', () => {
    const reader = readerOf();
    const { slices } = judged(reader, [messageOf(reader, 'user', 'alone')]);
    expect(slices[0]?.findings).toHaveLength(1);
    expect(reader.noted).toEqual(['alone']);
  });

  it('reads each turn once, when a second one of the user comes, whatever came first', () => {
    const reader = readerOf();
    const [first, answer] = [messageOf(reader, 'user', 'one'), messageOf(reader, 'assistant', 'two')];
    judged(reader, [first]);
    const second = messageOf(reader, 'user', 'three');
    const { slices } = judged(reader, [first, answer, second]);
    expect(reader.noted).toEqual(['one', 'two', 'three']);
    expect(slices[2]?.findings.map(({ finding }) => finding.fingerprint)).toEqual([
      '[{"chars":3},{"chars":3},{"chars":5}]',
    ]);
    judged(reader, [first, answer, second, messageOf(reader, 'user', 'four')]);
    expect(reader.noted).toEqual(['one', 'two', 'three', 'four']);
  });

  it('takes the same message sent twice for two turns', () => {
    const reader = readerOf();
    const message = messageOf(reader, 'user', 'one');
    const { slices } = judged(reader, [message, { ...message }]);
    expect(slices[1]?.findings.map(({ finding }) => finding.score)).toEqual([0.02]);
  });

  it('says that the detector broke, judges the turns that are left, and tries again the next time', () => {
    const reader = readerOf();
    const messages = [messageOf(reader, 'user', 'break'), messageOf(reader, 'user', 'two')];
    for (const _ of [1, 2]) {
      const { slices, broken } = judged(reader, messages);
      expect(broken).toEqual([FAILED]);
      expect(slices[1]?.findings.map(({ finding }) => finding.score)).toEqual([0.01]);
    }
    expect(reader.noted).toEqual(['break', 'two', 'break']);
  });
});
