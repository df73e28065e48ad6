import { expect, test } from 'vitest';
import { labelledRow } from './labelled-row.ts';

const attack = { id: 'a-1', text: 'obey', label: 'attack', kind: 'jailbreak', source: 'garak_misc' };

test('labelledRow() takes the kinds of its channel and groups sources that share texts', () => {
  expect(labelledRow(attack, 'direct')).toMatchObject({ attack: true, group: 'in-the-wild', apart: false });
  expect(labelledRow(attack, 'data')).toBeUndefined();
  expect(labelledRow({ ...attack, kind: 'toxicity' }, 'direct')).toBeUndefined();
});

test('labelledRow() sets the same share of benign rows apart each time, and no attack', () => {
  const rows = Array.from({ length: 2_000 }, (_, at) => ({ ...attack, id: `row-${at}`, kind: 'benign_doc' }));
  const apart = rows.filter((row) => labelledRow(row, 'data')?.apart);
  expect(apart.length).toBeGreaterThan(700);
  expect(apart.length).toBeLessThan(900);
  expect(rows.filter((row) => labelledRow(row, 'data')?.apart)).toEqual(apart);
  expect(rows.filter((row) => labelledRow({ ...row, kind: 'tool_poisoning' }, 'data')?.apart)).toEqual([]);
});

test.each([undefined, null, 'row', {}, { ...attack, text: 7 }])(
  'labelledRow() takes no row of another form: %j',
  (value) => {
    expect(labelledRow(value, 'direct')).toBeUndefined();
  },
);
