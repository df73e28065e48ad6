import { describe, expect, test } from 'vitest';
import { type Column, markdownTable, textTable } from './table.ts';

const columns: readonly Column[] = [
  { title: 'name', align: 'left' },
  { title: 'n', align: 'right' },
];

describe('textTable()', () => {
  test('makes each column as wide as its widest cell', () => {
    expect(
      textTable(columns, [
        ['longest', '1'],
        ['a', '100'],
      ]),
    ).toBe('name       n\nlongest    1\na        100\n');
  });
});

describe('markdownTable()', () => {
  test('escapes the bar that ends a cell', () => {
    expect(markdownTable(columns, [['a|b', '1']])).toBe('| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n');
  });
});
