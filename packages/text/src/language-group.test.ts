import { describe, expect, it } from 'vitest';
import { languageGroupOf } from './language-group.ts';

describe('languageGroupOf()', () => {
  it.each([
    ['latin', ''],
    ['latin', '12345 != 67890'],
    ['latin', 'Où est la bibliothèque — « ici » 😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀'],
    ['latin', 'Tiếng Việt thì dễ đọc lắm'],
    ['latin', 'a long English sentence about 你好'],
    ['cjk', '请给我讲一个故事'],
    ['cjk', 'お話をしてください'],
    ['cjk', '이야기를 들려주세요'],
    ['other', 'Расскажи мне сказку'],
    ['other', 'احك لي قصة من فضلك'],
    ['other', 'สวัสดีครับ'],
    ['other', 'እባክህ ታሪክ ንገረኝ'],
  ] as const)('is %s of `%s`', (group, text) => {
    expect(languageGroupOf(text)).toBe(group);
  });
});
