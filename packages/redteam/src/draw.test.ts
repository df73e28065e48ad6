import { describe, expect, it } from 'vitest';
import { Draw, drawnSecret } from './draw.ts';

const SEEDS = Array.from({ length: 50 }, (_none, at) => String(at));

describe('drawnSecret()', () => {
  it('makes card numbers that Luhn holds for', () => {
    for (const seed of SEEDS) {
      const card = drawnSecret('payment-card', new Draw(seed, 'card'));
      const doubled = [...card].reverse().map((digit, at) => Number(digit) * (at % 2 === 1 ? 2 : 1));
      expect(doubled.reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0) % 10).toBe(0);
      expect(card).toHaveLength(16);
    }
  });

  it('makes German account numbers whose remainder by 97 is 1', () => {
    for (const seed of SEEDS) {
      const iban = drawnSecret('iban', new Draw(seed, 'iban'));
      expect(iban).toMatch(/^DE\d{20}$/);
      expect(BigInt(`${iban.slice(4)}1314${iban.slice(2, 4)}`) % 97n).toBe(1n);
    }
  });

  it('draws the same for the same label, and something else for another', () => {
    const key = (label: string) => drawnSecret('cloud-key', new Draw('1', label));
    expect(key('a')).toBe(key('a'));
    expect(key('a')).not.toBe(key('b'));
    expect(key('a')).toMatch(/^AKIA[A-Z2-7]{16}$/);
  });
});
