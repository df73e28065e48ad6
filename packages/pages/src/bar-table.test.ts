import { describe, expect, it } from 'vitest';
import { type Bars, barTable } from './bar-table.ts';

const bars: Bars = {
  title: 'Stopped',
  says: 'By category.',
  unit: 'count',
  parts: ['blocked', 'asked'],
  arrangement: 'stacked',
  rows: [
    { name: 'injection', values: [30, 10] },
    { name: 'secrets', values: [undefined, 20] },
  ],
};

const rects = (shown: string) =>
  [...shown.matchAll(/<rect class="fill\d" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)].map((each) =>
    each.slice(1).map(Number),
  );

describe('barTable()', () => {
  it('stacks parts behind each other, the longest bar over the whole width, with the sum beside it', () => {
    const shown = String(barTable(bars));
    expect(rects(shown)).toEqual([
      [0, 0, 75],
      [75, 0, 25],
      [0, 0, 0],
      [0, 0, 50],
    ]);
    expect(shown).toContain('<td class="right">30</td><td class="right">10</td><td class="right">40</td>');
    expect(shown).toContain('<td class="right">not known</td><td class="right">20</td><td class="right">20</td>');
  });

  it('groups parts below each other, measured against the largest of all', () => {
    const shown = String(barTable({ ...bars, arrangement: 'grouped' }));
    expect(rects(shown)).toEqual([
      [0, 0, 100],
      [0, 5, 33.33],
      [0, 0, 0],
      [0, 5, 66.67],
    ]);
    expect(shown).not.toContain('>all<');
  });

  it('draws nothing where nothing was counted', () => {
    expect(rects(String(barTable({ ...bars, rows: [{ name: 'none', values: [0, 0] }] })))).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(String(barTable({ ...bars, rows: [] }))).toContain('Nothing in this period.');
  });
});
