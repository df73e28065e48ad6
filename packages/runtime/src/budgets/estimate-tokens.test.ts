import { describe, expect, it } from 'vitest';
import { BYTES_PER_TOKEN, estimateTokens, MEDIA_TOKENS } from './estimate-tokens.ts';

const body = (content: unknown) => Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));

describe('estimateTokens()', () => {
  it('is a third of the bytes, rounded up', () => {
    expect(estimateTokens(new Uint8Array(0))).toBe(0);
    expect(estimateTokens(new Uint8Array(1))).toBe(1);
    const text = body('The quick brown fox jumps over the lazy dog. '.repeat(1_000));
    expect(estimateTokens(text)).toBe(Math.ceil(text.length / BYTES_PER_TOKEN));
  });

  it('counts media in base64 by the piece, not by its bytes', () => {
    const picture = `data:image/png;base64,${Buffer.alloc(300_000, 7).toString('base64')}`;
    const two = estimateTokens(body([{ url: picture }, { text: 'what is on it?' }, { url: picture }]));
    expect(two).toBeGreaterThan(2 * MEDIA_TOKENS);
    expect(two).toBeLessThan(2 * MEDIA_TOKENS + 100);
  });

  it('counts a long text by its bytes, wherever its first space is', () => {
    const long = body(`${'x'.repeat(500)} ${'word '.repeat(10_000)}`);
    expect(estimateTokens(long)).toBe(Math.ceil(long.length / BYTES_PER_TOKEN));
  });

  it('counts a prompt in tokens by its bytes', () => {
    const tokens = Buffer.from(
      `{"prompt":[${Array.from({ length: 9_000 }, (_none, at) => at).join(',')}],"model":"m"}`,
    );
    expect(estimateTokens(tokens)).toBe(Math.ceil(tokens.length / BYTES_PER_TOKEN));
  });

  it('counts a text without a space by its bytes as long as it is no longer than a piece of media', () => {
    const short = body('x'.repeat(4_000));
    expect(estimateTokens(short)).toBe(Math.ceil(short.length / BYTES_PER_TOKEN));
  });
});
