import { describe, expect, test } from 'vitest';
import type { LabelledRow } from './data/labelled-row.ts';
import { generatedRows, isHeld } from './injection-rows.ts';
import { openTrained, trainInjection } from './train-injection.ts';

const rows = generatedRows('direct', { seed: 'test', pairs: 1, part: 'train' }).slice(0, 120);
const benign: readonly LabelledRow[] = Array.from({ length: 40 }, (_, at) => ({
  id: `chat-${at}`,
  text: `What is the weather like in May, and what should I pack for ${at} days by the sea?`,
  attack: false,
  kind: 'benign_chat',
  source: 'own',
  group: 'own',
  apart: true,
  generated: false,
}));

describe('trainInjection()', () => {
  const trained = trainInjection('direct', { train: rows, calibration: benign });

  test('gives the same bytes for the same rows, and others for other rows', () => {
    expect(trainInjection('direct', { train: rows, calibration: benign }).model.digest).toBe(trained.model.digest);
    expect(trainInjection('direct', { train: rows.slice(2), calibration: benign }).model.digest).not.toBe(
      trained.model.digest,
    );
  });

  test('learns: attacks lie above their harmless twins in the mean', () => {
    const meanOf = (attack: boolean) => {
      const some = rows.filter((row) => row.attack === attack);
      return some.reduce((sum, { text }) => sum + trained.model.score(text), 0) / some.length;
    };
    expect(meanOf(true)).toBeGreaterThan(meanOf(false) + 0.5);
  });

  test('calibrates on what it was not trained on: none of it reaches a flag', () => {
    const { slope = 0, offset = 0 } = trained.model.heads[0]?.calibration?.latin ?? {};
    const evidence = benign.map(({ text }) => slope * trained.model.score(text) + offset);
    expect(Math.max(...evidence)).toBeLessThanOrEqual(Math.log(2) + 0.05);
  });

  test('openTrained() throws at what is no model', () => {
    expect(() => openTrained(Buffer.from('nothing'))).toThrow('a file of a detection model cannot be read');
  });
});

describe('isHeld()', () => {
  const [first] = rows as [LabelledRow];

  test('holds a source, what is akin to it, or a family of generated rows', () => {
    expect(isHeld({ ...first, source: 'b', group: 'a' }, { by: 'source', name: 'a' })).toBe(true);
    expect(isHeld({ ...first, source: 'b', group: 'a' }, { by: 'source', name: 'c' })).toBe(false);
    expect(isHeld({ ...first, source: 'generated:persona' }, { by: 'family', name: 'persona' })).toBe(true);
    expect(isHeld(first, undefined)).toBe(false);
  });

  test('holds a quarter of the styles, each with its disguised form', () => {
    const styles = Array.from({ length: 400 }, (_, at) => `own:${at}`);
    const held = styles.filter((style) => isHeld({ ...first, style }, { by: 'style' }));
    expect(held.length).toBeGreaterThan(60);
    expect(held.length).toBeLessThan(140);
    for (const style of held) expect(isHeld({ ...first, style: `${style}:obf` }, { by: 'style' })).toBe(true);
  });
});
