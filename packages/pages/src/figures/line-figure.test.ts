import { describe, expect, it } from 'vitest';
import { type LineFigure, lineFigure } from './line-figure.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-11-01T00:00:00Z');
const figure: LineFigure = {
  title: 'Latency',
  says: 'Half of all answers took less.',
  unit: 'ms',
  atMs: [0, 1, 2, 3, 4].map((hour) => START_MS + hour * HOUR_MS),
  lines: [{ name: 'p50', values: [100, 200, undefined, 300, undefined] }],
};

describe('lineFigure()', () => {
  it('draws a line where values are, a dot where one stands alone, and nothing across a gap', () => {
    const shown = String(lineFigure(figure));
    expect(shown.match(/<polyline/g)).toHaveLength(1);
    expect(shown).toContain('points="78,148.7 235.5,83.3"');
    expect(shown).toContain('<circle class="dot fill0" cx="550.5" cy="18"');
  });

  it('begins its axis of values at zero, with units at its marks', () => {
    const shown = String(lineFigure(figure));
    for (const mark of ['0 ms', '100 ms', '200 ms', '300 ms']) expect(shown).toContain(`>${mark}</text>`);
  });

  it('names times in UTC, and tells each event and stretch below, with its number', () => {
    const shown = String(
      lineFigure({
        ...figure,
        events: [{ atMs: START_MS + HOUR_MS, says: 'the model changed' }],
        stretches: [{ fromMs: START_MS, toMs: START_MS + HOUR_MS, says: 'before' }],
      }),
    );
    expect(shown).toContain('<text class="tick middle" x="78" y="232">11-01 00:00</text>');
    expect(shown).toContain('<li><time>2026-11-01 01:00:00</time> the model changed</li>');
    expect(shown).toContain('y="13">1</text>');
    expect(shown).toContain('<time>2026-11-01 00:00:00</time> to <time>2026-11-01 01:00:00</time>: before');
  });

  it('draws nothing of an event outside its times, and still tells it', () => {
    const shown = String(lineFigure({ ...figure, events: [{ atMs: START_MS - 1, says: 'earlier' }] }));
    expect(shown).not.toContain('class="event"');
    expect(shown).toContain('earlier</li>');
  });

  it('draws a range where both of its bounds are known', () => {
    const ranges = [{ name: 'usual', low: [50, 50, 50, 50, undefined], high: [150, 150, undefined, 150, 150] }];
    const shown = String(lineFigure({ ...figure, ranges }));
    expect(shown.match(/<polygon/g)).toHaveLength(2);
    expect(shown).toContain('usual, from');
  });

  it('says what it shows to whoever does not see it, and has every number in a table', () => {
    const shown = String(lineFigure(figure));
    expect(shown).toContain('role="img"');
    expect(shown).toContain('<desc>Half of all answers took less.</desc>');
    expect(shown).toContain('<th scope="row" class="left">11-01 03:00</th><td class="right">300 ms</td>');
    expect(shown).toContain('<th scope="row" class="left">11-01 02:00</th><td class="right"></td>');
  });

  it('stays a figure where all times are one, and where nothing was measured', () => {
    expect(String(lineFigure({ ...figure, atMs: [START_MS], lines: [{ name: 'p50', values: [0] }] }))).toContain(
      '<circle',
    );
    const none = String(
      lineFigure({ ...figure, lines: [{ name: 'p50', values: [Number.NaN, Number.POSITIVE_INFINITY] }] }),
    );
    expect(none).not.toMatch(/<(?:polyline|circle)/);
    expect(none).not.toMatch(/(?:x|y|points)="[^"]*NaN/);
    expect(String(lineFigure({ ...figure, atMs: [] }))).toContain('Nothing in this period.');
  });
});
