import { SallyportError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { createKeyEncryption, KEY_ENCRYPTION_KEYS_MAX } from './key-encryption.ts';

const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const given = (...bytes: number[]) => createKeyEncryption(() => bytes.map(keyOf).join('\n'));
const DATA_KEY = Buffer.alloc(32, 99);

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error instanceof SallyportError ? error.code : 'other'),
  );
}

describe('createKeyEncryption()', () => {
  it('wraps under the first key, and unwraps under every one that is given', async () => {
    const old = await given(1).wrap(DATA_KEY, 'a');
    const both = given(2, 1);
    expect(await both.current()).not.toBe(old.keyId);
    expect(await both.known()).toEqual([await both.current(), old.keyId]);
    expect(Buffer.from(await both.unwrap(old, 'a'))).toEqual(DATA_KEY);
    expect((await both.wrap(DATA_KEY, 'a')).keyId).toBe(await given(2).current());
  });

  it('follows what it reads: a key that is taken away is gone, one that is put first wraps', async () => {
    let text: string | undefined = keyOf(1);
    const keys = createKeyEncryption(() => text);
    const wrapped = await keys.wrap(DATA_KEY, 'a');
    text = `${keyOf(2)},${keyOf(1)}`;
    expect(await keys.current()).toBe(await given(2).current());
    expect(Buffer.from(await keys.unwrap(wrapped, 'a'))).toEqual(DATA_KEY);
    text = keyOf(2);
    expect(await codeOf(keys.unwrap(wrapped, 'a'))).toBe('CONTENT_KEY_MISSING');
    text = undefined;
    expect(await codeOf(keys.current())).toBe('CONTENT_KEY_MISSING');
  });

  it('unwraps nothing that was changed, or that stands in the place of another', async () => {
    const keys = given(1);
    const { keyId, wrapped } = await keys.wrap(DATA_KEY, 'a');
    expect(await codeOf(keys.unwrap({ keyId, wrapped }, 'b'))).toBe('STORE_BROKEN');
    for (let at = 0; at < wrapped.length; at += 1) {
      const changed = Uint8Array.from(wrapped, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await codeOf(keys.unwrap({ keyId, wrapped: changed }, 'a'))).toBe('STORE_BROKEN');
    }
  });

  it.each([
    ['nothing', ''],
    ['a short key', Buffer.alloc(16).toString('base64')],
    ['a word', 'correct horse battery staple'],
    ['too many', Array.from({ length: KEY_ENCRYPTION_KEYS_MAX + 1 }, (_, n) => keyOf(n)).join('\n')],
  ])('takes %s for no key, and does not say what it was', async (_what, text) => {
    const failed = await createKeyEncryption(() => text)
      .current()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'CONTENT_KEY_MISSING' });
    if (text !== '') expect(String((failed as SallyportError).detail)).not.toContain(text);
  });

  it('takes as many keys as it says', async () => {
    const bytes = Array.from({ length: KEY_ENCRYPTION_KEYS_MAX }, (_, n) => n);
    expect(await given(...bytes).known()).toHaveLength(KEY_ENCRYPTION_KEYS_MAX);
  });
});
