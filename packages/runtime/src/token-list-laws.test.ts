import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_PIECES } from './testing/answer-texts.ts';
import { cut, cutText, DONE, eventsIn } from './testing/chat-wire.ts';
import { ExchangeRig } from './testing/exchange-rig.ts';
import { wire } from './testing/wires/openai-completions.ts';

/** Legacy completions show each token beside the text, in lists: what is taken out of the text stands in none of them. */
const REQUEST = JSON.stringify({ model: 'm', prompt: 'hi', stream: true, logprobs: 1 });
const HEAD = { id: 'c', object: 'text_completion', created: 1, model: 'm' };
const EMAIL = 'joe@example.com';
const said = fc
  .array(fc.constantFrom(...PLAIN_PIECES, ` ${EMAIL} `, ` ${EMAIL} `, ` ${EMAIL} `), { minLength: 1, maxLength: 10 })
  .map((pieces) => pieces.join(''));
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
/** Of the pieces of the text, of the tokens and of what the network delivers. */
const cuts = fc.record({ pieces: sizes, tokens: sizes, chunks: sizes });

/** A token as it is listed; its number stands in the place of its logarithm, so that it can be told from all others. */
interface Token {
  readonly number: number;
  readonly text: string;
  /** Whether it says some of what must be taken out. */
  readonly telling: boolean;
}

/** The tokens of each piece of a text. */
function tokensOf(text: string, pieces: readonly number[], tokens: readonly number[]): readonly (readonly Token[])[] {
  const taken = Array.from(text.matchAll(new RegExp(EMAIL, 'g')), ({ index }) => index);
  let at = 0;
  let number = 0;
  return cutText(text, pieces).map((piece) =>
    cutText(piece, tokens).map((token) => {
      const start = at;
      at += token.length;
      number += 1;
      return { number, text: token, telling: taken.some((from) => start < from + EMAIL.length && at > from) };
    }),
  );
}

function eventOf(tokens: readonly Token[], listed: (token: string) => string): string {
  const logprobs = {
    tokens: tokens.map(({ text }) => listed(text)),
    token_logprobs: tokens.map(({ number }) => number),
    top_logprobs: tokens.map(({ text, number }) => ({ [listed(text)]: number })),
    text_offset: tokens.map(({ number }) => number),
  };
  const text = tokens.map((token) => token.text).join('');
  return `data: ${JSON.stringify({ ...HEAD, choices: [{ text, index: 0, logprobs, finish_reason: null }] })}\n\n`;
}

const LAST = { text: '', index: 0, logprobs: null, finish_reason: 'stop' };
const END = `data: ${JSON.stringify({ ...HEAD, choices: [LAST] })}\n\n${DONE}`;

/** The numbers of the tokens that are left in each of the lists. */
function leftIn(bytes: Uint8Array): readonly (readonly number[])[] {
  const lists = eventsIn(bytes.toString()).flatMap((event) => JSON.parse(event).choices[0]?.logprobs ?? []);
  return [
    lists.flatMap(({ token_logprobs: numbers }) => numbers),
    lists.flatMap(({ text_offset: numbers }) => numbers),
    lists.flatMap(({ top_logprobs: tops }) => tops.flatMap((top: object) => Object.values(top))),
  ];
}

/** A part of a character is listed by its bytes, and spells another text. */
const inBytes = (token: string) => (/^[\0-\x7f]*$/.test(token) ? token : `bytes:${Buffer.from(token).toString('hex')}`);

describe('the laws of token lists', () => {
  const rig = new ExchangeRig({ adapter: wire.adapter });
  const exchange = (sent: Buffer, chunks: readonly number[]) =>
    rig.exchange({
      endpoint: wire.endpoint(true),
      body: REQUEST,
      answer: cut(sent, chunks),
      contentType: wire.streamType,
    });

  it.each([
    ['all others stay where tokens spell the text', (token: string) => token, true],
    ['none of them stays where tokens spell something else', inBytes, false],
  ])('no token stays in any list that says what is taken out of the text; %s', async (_name, listed, exact) => {
    await fc.assert(
      fc.asyncProperty(said, cuts, async (text, { pieces, tokens, chunks }) => {
        const events = tokensOf(text, pieces, tokens);
        const sent = Buffer.from(`${events.map((event) => eventOf(event, listed)).join('')}${END}`);
        const seen = await exchange(sent, chunks);
        expect(seen.errors).toEqual([]);
        expect(seen.end).toBe('whole');
        expect(wire.textIn(seen.bytes, true)).toBe(text.replaceAll(EMAIL, '[EMAIL_1]'));
        const all = events.flat();
        const quiet = all.filter(({ telling }) => !telling).map(({ number }) => number);
        const [left = [], ...others] = leftIn(seen.bytes);
        for (const list of others) expect(list).toEqual(left);
        if (exact) expect(left).toEqual(quiet);
        else expect(left.filter((number) => !quiet.includes(number))).toEqual([]);
        if (quiet.length === all.length) expect(seen.bytes.equals(sent)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
