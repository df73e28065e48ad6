import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply } from './call-lane.ts';
import {
  escapes,
  looksPlaced,
  PLACEHOLDER_MAX_CHARS,
  PLACEHOLDER_NUMBER_MAX,
  PlaceholderTable,
  unfinishedFrom,
} from './placeholders.ts';

describe('PlaceholderTable', () => {
  it('`place()` numbers each type by first appearance and gives one value one number', () => {
    const table = new PlaceholderTable();
    expect(table.place('email', 'f1', 'a@example.org')).toBe('[EMAIL_1]');
    expect(table.place('payment-card', 'f2', '4111')).toBe('[PAYMENT_CARD_1]');
    expect(table.place('email', 'f3', 'b@example.org')).toBe('[EMAIL_2]');
    expect(table.place('email', 'f1', 'A@example.org')).toBe('[EMAIL_1]');
    expect(table.size).toBe(3);
  });

  it('`pieces()` finds its own placeholders and leaves those of nobody alone', () => {
    const table = new PlaceholderTable();
    table.place('email', 'f1', 'a@example.org');
    expect(table.pieces('to [EMAIL_1], not [EMAIL_2] or [TODO]')).toEqual([
      { kind: 'text', text: 'to ' },
      { kind: 'placeholder', text: '[EMAIL_1]', value: 'a@example.org' },
      { kind: 'text', text: ', not [EMAIL_2] or [TODO]' },
    ]);
  });

  it('a typed placeholder is escaped on the way in and comes back as typed, never as a value', () => {
    const table = new PlaceholderTable();
    table.place('email', 'f1', 'a@example.org');
    const typed = 'what is [EMAIL_1] and [=EMAIL_1]?';
    const escaped = apply(typed, escapes(typed));
    expect(escaped).toBe('what is [=EMAIL_1] and [==EMAIL_1]?');
    const back = table
      .pieces(escaped)
      .map((piece) => (piece.kind === 'text' ? piece.text : piece.value))
      .join('');
    expect(back).toBe(typed);
  });

  it('escaping is undone exactly, whatever was typed', () => {
    const table = new PlaceholderTable();
    table.place('email', 'f1', 'VALUE');
    const part = fc.constantFrom('[', ']', '=', 'EMAIL_1', 'EMAIL', '_1', 'x', ' ', '[EMAIL_1]', '[=EMAIL_1]');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const typed = parts.join('');
        // Nine marks are the form's limit: one more is plain text, which nothing is put in the place of.
        fc.pre(!/={8}/.test(typed));
        const pieces = table.pieces(apply(typed, escapes(typed)));
        expect(pieces.some(({ kind }) => kind === 'placeholder')).toBe(false);
        expect(pieces.map((piece) => (piece.kind === 'text' ? piece.text : piece.value)).join('')).toBe(typed);
      }),
    );
  });
});

describe('PlaceholderTable with numbers that are made from values', () => {
  const M = PLACEHOLDER_NUMBER_MAX;
  const numberOf = (_type: string, fingerprint: string) => Number(fingerprint);

  it('gives a value its own number, in every table', () => {
    for (const first of ['7', '123456789012345']) {
      const table = new PlaceholderTable(numberOf);
      table.place('iban', first, 'x');
      expect(table.place('email', '123456789012345', 'a@example.org')).toBe('[EMAIL_123456789012345]');
    }
  });

  it('never gives two values one number, not even at the end of all numbers', () => {
    const table = new PlaceholderTable(() => M);
    const placed = ['f1', 'f2', 'f3'].map((fingerprint) => table.place('email', fingerprint, fingerprint));
    expect(placed).toEqual([`[EMAIL_${M}]`, '[EMAIL_1]', '[EMAIL_2]']);
    expect(table.pieces(placed.join('')).map((piece) => 'value' in piece && piece.value)).toEqual(['f1', 'f2', 'f3']);
  });

  it('reads them back, and holds a tail that may still become one, however it is cut', () => {
    const table = new PlaceholderTable(numberOf);
    const text = table.place('a'.repeat(40), `${M}`, 'the value');
    expect(table.pieces(text)).toEqual([{ kind: 'placeholder', text, value: 'the value' }]);
    expect(`[========${text.slice(1)}`.length).toBeLessThanOrEqual(PLACEHOLDER_MAX_CHARS);
    for (let cut = 1; cut < text.length; cut += 1) expect(unfinishedFrom(`see ${text.slice(0, cut)}`)).toBe(4);
  });

  it('takes one that another exchange placed for nobody’s: it stays as it is', () => {
    const table = new PlaceholderTable(numberOf);
    table.place('email', '11', 'a@example.org');
    expect(table.pieces('[EMAIL_22]')).toEqual([{ kind: 'text', text: '[EMAIL_22]' }]);
  });

  it('are gone on with, and counting does not begin behind them', () => {
    const first = new PlaceholderTable(numberOf);
    first.place('email', '123456789012', 'a@example.org');
    const counted = new PlaceholderTable();
    counted.continueFrom(first.placed);
    expect(counted.place('email', '123456789012', 'a@example.org')).toBe('[EMAIL_123456789012]');
    expect(counted.place('email', 'other', 'b@example.org')).toBe('[EMAIL_1]');
  });

  it('`find()` names what was placed, and nothing else', () => {
    const table = new PlaceholderTable();
    table.place('email', 'f1', 'a@example.org');
    expect([table.find('email', 'f1'), table.find('email', 'f2'), table.find('iban', 'f1')]).toEqual([
      'EMAIL_1',
      undefined,
      undefined,
    ]);
  });
});

describe('PlaceholderTable.mark()', () => {
  const M = '\uf541';

  it('reads a mark as a space, and as nothing before other white space', () => {
    const table = new PlaceholderTable();
    table.mark(M);
    expect(table.pieces(`a${M}b${M}\nc${M}`).map((piece) => ('value' in piece ? piece.value : piece.text))).toEqual([
      'a',
      ' ',
      'b',
      '',
      '\nc',
      ' ',
    ]);
    expect(table.certainTo(`a${M}`)).toBe(1);
    expect(table.certainTo(`a${M}b`)).toBe(3);
    expect(table.certainTo(`a${M}[EMA`)).toBe(2);
    expect([table.restorable, table.size]).toEqual([1, 0]);
  });

  it('is known to whoever goes on with what the provider keeps', () => {
    const first = new PlaceholderTable();
    first.place('email', 'f', 'joe@example.com');
    first.mark(M);
    const second = new PlaceholderTable();
    second.continueFrom(first.placed);
    expect(second.pieces(`a${M}b`)).toHaveLength(3);
    expect(second.placed).toEqual(first.placed);
    expect(second.place('email', 'g', 'ann@example.com')).toBe('[EMAIL_2]');
  });
});

describe('unfinishedFrom()', () => {
  it('holds a tail exactly while it may still become a placeholder', () => {
    const placeholder = '[PAYMENT_CARD_12]';
    for (let cut = 1; cut < placeholder.length; cut += 1) {
      expect(unfinishedFrom(`see ${placeholder.slice(0, cut)}`)).toBe(4);
    }
    expect(unfinishedFrom(`see ${placeholder}`)).toBe(4 + placeholder.length);
    expect(unfinishedFrom('an [aside')).toBe('an [aside'.length);
    expect(unfinishedFrom('')).toBe(0);
  });

  it('never holds more than the longest placeholder', () => {
    const long = `[${'A'.repeat(5_000)}`;
    expect(long.length - unfinishedFrom(long)).toBeLessThanOrEqual(PLACEHOLDER_MAX_CHARS);
  });
});

describe('looksPlaced()', () => {
  it('tells the form of a placeholder from other brackets', () => {
    expect(looksPlaced('a [EMAIL_1] b')).toBe(true);
    expect(looksPlaced('a [==IBAN_3] b')).toBe(true);
    expect(looksPlaced('a [email_1] [X] [1] b')).toBe(false);
  });
});
