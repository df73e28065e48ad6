import { describe, expect, it } from 'vitest';
import { type Heat, heatTable } from './heat-table.ts';

const heat: Heat = {
  title: 'Agreement',
  says: 'Theirs against ours.',
  unit: 'count',
  axes: ['theirs', 'ours'],
  columns: ['found', 'not found'],
  rows: [
    { name: 'flagged', values: [80, 1] },
    { name: 'not flagged', values: [0, undefined] },
  ],
};

describe('heatTable()', () => {
  it('shades cells by their share of the largest, nothing where there is nothing, and shows every number', () => {
    const shown = String(heatTable(heat));
    expect(shown).toContain('<td class="right heat8">80</td><td class="right heat1">1</td>');
    expect(shown).toContain('<td class="right heat0">0</td><td class="right heat0">not known</td>');
  });

  it('measures against what is named as the deepest, and never beyond it', () => {
    const shown = String(heatTable({ ...heat, deepest: 40 }));
    expect(shown).toContain('heat8">80');
    expect(String(heatTable({ ...heat, deepest: 160 }))).toContain('heat4">80');
  });

  it('says so where there is nothing', () => {
    expect(String(heatTable({ ...heat, rows: [] }))).toContain('Nothing in this period.');
  });
});
