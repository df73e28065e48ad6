import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { taggedBlocks } from './tagged-blocks.ts';

const blocksOf = (text: string) => taggedBlocks(text).map(({ start, end }) => text.slice(start, end));

describe('taggedBlocks()', () => {
  test.each<[string, string, readonly string[]]>([
    ['a block', 'see <doc>one</doc> two', ['<doc>one</doc>']],
    ['attributes', '<doc a="b">one</doc>', ['<doc a="b">one</doc>']],
    ['a block within one of another name', '<a>x<b>y</b>z</a>', ['<a>x<b>y</b>z</a>']],
    ['two blocks', '<a>x</a> <a>y</a>', ['<a>x</a>', '<a>y</a>']],
    ['a tag alone on its line that never ends', 'x\n<doc>\none\ntwo', ['<doc>\none\ntwo']],
    ['a tag within a line that never ends', 'x <doc> one\ntwo', []],
    ['an end without a beginning', '</a> one', []],
    ['ends in another case', '<Doc>one</doc>', []],
  ])('finds %s', (_, text, blocks) => {
    expect(blocksOf(text)).toEqual(blocks);
  });

  test('lies within the text, in order and apart, whatever it holds', () => {
    const piece = fc.constantFrom('<a>', '</a>', '<b>', '</b>', '\n', ' ', '<a b>', 'x', '<', '>', '</');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        let until = 0;
        for (const { start, end } of taggedBlocks(text)) {
          expect(start).toBeGreaterThanOrEqual(until);
          expect(end).toBeGreaterThan(start);
          until = end;
        }
        expect(until).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  test('reads many tags that never end as it reads few: none is looked for twice', () => {
    const text = Array.from({ length: 20_000 }, (_, at) => `<a${at % 5_000}>`).join('');
    expect(taggedBlocks(text)).toEqual([]);
    expect(blocksOf(`${'<a>'.repeat(60_000)}</a>`)).toHaveLength(1);
  });
});
