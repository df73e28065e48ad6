import { describe, expect, it } from 'vitest';
import { table } from './table.ts';

const columns = [
  { title: 'model', align: 'left' },
  { title: 'count', align: 'right' },
] as const;

describe('table()', () => {
  it('names its columns, and each row by its first cell', () => {
    const shown = String(table({ caption: 'Models', columns, rows: [['demo', 3]] }));
    expect(shown).toContain('<caption>Models</caption>');
    expect(shown).toContain('<th scope="col" class="right">count</th>');
    expect(shown).toContain('<th scope="row" class="left">demo</th><td class="right">3</td>');
  });

  it('says so where there is nothing', () => {
    expect(String(table({ caption: 'Models', columns, rows: [] }))).toContain('Models: Nothing in this period.');
    expect(String(table({ caption: 'Models', columns, rows: [], none: 'None asked.' }))).toContain('None asked.');
  });
});
