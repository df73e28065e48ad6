import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { barTable } from './bar-table.ts';
import { lineFigure } from './figures/line-figure.ts';
import { smallMultiples } from './figures/small-multiples.ts';
import { heatTable } from './heat-table.ts';
import { definitions, keyFigures } from './key-figures.ts';
import { html } from './markup.ts';
import { page } from './page.ts';
import { table } from './table.ts';

const HOSTILE = `"><script src='//evil.example'>alert(1)</script><img onerror=x>\u202e`;
const said = { title: HOSTILE, says: HOSTILE, unit: { of: HOSTILE } } as const;
const lines = [{ name: HOSTILE, values: [1, undefined, 3] }];
const ranges = [{ name: HOSTILE, low: [0, 1, 1], high: [2, 2, undefined] }];
const atMs = [0, 3_600_000, 7_200_000];

/** Every part of the kit, with the same hostile name wherever a name can stand. */
const whole = page({
  title: HOSTILE,
  kicker: HOSTILE,
  heading: HOSTILE,
  lead: HOSTILE,
  sections: [
    {
      title: HOSTILE,
      body: [
        keyFigures([{ name: HOSTILE, value: HOSTILE, note: HOSTILE }]),
        definitions([[HOSTILE, HOSTILE]]),
        table({ caption: HOSTILE, columns: [{ title: HOSTILE, align: 'left' }], rows: [[HOSTILE]] }),
        table({ caption: HOSTILE, columns: [], rows: [], none: HOSTILE }),
        barTable({
          ...said,
          parts: [HOSTILE, HOSTILE],
          arrangement: 'stacked',
          rows: [{ name: HOSTILE, values: [1, 2] }],
        }),
        heatTable({ ...said, axes: [HOSTILE, HOSTILE], columns: [HOSTILE], rows: [{ name: HOSTILE, values: [1] }] }),
        lineFigure({
          ...said,
          atMs,
          lines,
          ranges,
          events: [{ atMs: 0, says: HOSTILE }],
          stretches: [{ fromMs: 0, toMs: 1, says: HOSTILE }],
        }),
        smallMultiples({ ...said, atMs, scale: 'own', figures: [{ title: HOSTILE, lines, ranges, note: HOSTILE }] }),
        html`<p title="${HOSTILE}">${HOSTILE}</p>`,
      ],
    },
  ],
});

describe('page()', () => {
  it('shows hostile names everywhere, and holds no tag, attribute or address that they brought', () => {
    expect(whole).not.toMatch(/<(?:script|img|link|iframe|object|base|form|a)\b/i);
    const tags = whole.match(/<[^>]*>/g) ?? [];
    expect(tags.length).toBeGreaterThan(100);
    // Within quotes everything is text.
    for (const tag of tags) expect(tag.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/\bon\w+=|src|href|style=|evil/);
    expect(whole).toContain('&lt;script src=&#39;//evil.example&#39;&gt;alert(1)');
    expect(whole).not.toContain('\u202e');
  });

  it('closes every element that it opens', () => {
    const open: string[] = [];
    for (const [, end, name = '', attributes = ''] of whole.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>/g)) {
      if (/^(?:meta|br)$/.test(name)) continue;
      if (end === '/') expect(open.pop()).toBe(name);
      else if (!attributes.endsWith('/')) open.push(name);
    }
    expect(open).toEqual([]);
  });

  it('lets nothing run or be loaded, and only its own style count', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(whole)?.[1] ?? '';
    expect(whole).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash('sha256', style, 'base64')}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(style).not.toMatch(/url\(|@import|&/);
    expect(whole.match(/<style>/g)).toHaveLength(1);
  });

  it('has a look for dark screens and for paper', () => {
    expect(whole).toContain('@media (prefers-color-scheme: dark)');
    expect(whole).toContain('@media print');
  });
});
