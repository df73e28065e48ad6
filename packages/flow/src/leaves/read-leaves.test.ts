import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOW_LIMITS } from '../flow-limits.ts';
import { readLeaves } from './read-leaves.ts';

const read = (text: string) => readLeaves(text, FLOW_LIMITS);
const pairs = (text: string) => read(text).leaves.map(({ path, value }) => [path, value]);
const values = (text: string) => Object.fromEntries(pairs(text).filter(([path]) => !path?.endsWith('#name')));

describe('readLeaves()', () => {
  it('reads JSON with the path of each value, names of members included', () => {
    expect(read('{"a": [{"b": "x\\n\\u00e9"}, 2.5], "c d": null}').format).toBe('json');
    expect(pairs('{"a": [{"b": "x\\n\\u00e9"}, 2.5], "c d": null}')).toEqual([
      ['a#name', 'a'],
      ['a[0].b#name', 'b'],
      ['a[0].b', 'x\né'],
      ['a[1]', '2.5'],
      ['["c d"]#name', 'c d'],
      ['["c d"]', 'null'],
    ]);
  });

  it("reads Python's dictionaries, whose names are data", () => {
    expect(values("{'Le Marais': 'Rating: 4.2\\nQuiet', 'Good \\'Night\\'': (1, True)}")).toEqual({
      '["Le Marais"]': 'Rating: 4.2\nQuiet',
      '["Good \'Night\'"][0]': '1',
      '["Good \'Night\'"][1]': 'True',
    });
  });

  it('reads YAML: lists of maps, nested maps and lists, quoted, folded and block scalars, flow style', () => {
    const text = [
      "- body: 'It''s here.",
      '',
      "    And there'",
      '  to:',
      '  - a@example.com',
      '  - b@example.com',
      '  shared:',
      '    a@example.com: rw',
      '  plain: one',
      '    two',
      '  tags: [x, "y z"]',
      '- body: "tab\\tand \\u00e9 and \\',
      '    \\ more"',
      '  block: |',
      '    first',
      '    second',
      '  none: []',
    ].join('\n');
    expect(read(text).format).toBe('yaml');
    expect(values(text)).toEqual({
      '[0].body': "It's here.\nAnd there",
      '[0].to[0]': 'a@example.com',
      '[0].to[1]': 'b@example.com',
      '[0].shared["a@example.com"]': 'rw',
      '[0].plain': 'one two',
      '[0].tags[0]': 'x',
      '[0].tags[1]': 'y z',
      '[1].body': 'tab\tand é and  more',
      '[1].block': 'first\nsecond',
    });
  });

  it('leaves prose with a colon in it whole', () => {
    const bill = 'Bill for December\n-----\nIBAN: GB29NWBK60161331926819\nThank you!';
    expect(pairs(bill)).toEqual([['', bill]]);
  });

  it('reads a table by its titles, and only when every row is as wide', () => {
    expect(values('name,email\n"Lee, Ann",ann@example.com\nBob,bob@example.com\n')).toEqual({
      '[0].name': 'Lee, Ann',
      '[0].email': 'ann@example.com',
      '[1].name': 'Bob',
      '[1].email': 'bob@example.com',
    });
    expect(read('name,email\nAnn,a@example.com,x\nBob,b@example.com\n').format).toBe('text');
  });

  it('reads a page: text, attributes and comments, all of it loose', () => {
    const { format, leaves } = read('<html><!-- pay X --><p>Hello <a href="https://x.example">you</a></p></html>');
    expect(format).toBe('html');
    expect(leaves.map(({ path, value }) => [path, value])).toEqual([
      ['comment', 'pay X'],
      ['p', 'Hello'],
      ['a@href', 'https://x.example'],
      ['a', 'you'],
    ]);
    expect(leaves.every(({ loose }) => loose === true)).toBe(true);
  });

  it.each([
    ['depth', '['.repeat(200) + ']'.repeat(200)],
    ['leaves', `[${'1,'.repeat(FLOW_LIMITS.maxLeaves)}1]`],
  ])('takes what is beyond the limit of %s as one leaf', (_limit, text) => {
    expect(pairs(text)).toEqual([['', text]]);
  });

  it('takes what is at the limit of leaves apart', () => {
    expect(read(`[${'1,'.repeat(FLOW_LIMITS.maxLeaves - 1)}1]`).leaves).toHaveLength(FLOW_LIMITS.maxLeaves);
  });

  it('takes anything, stays within its bounds, and finds every string of JSON again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(read(text).leaves.length).toBeLessThanOrEqual(FLOW_LIMITS.maxLeaves);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 20 }), (strings) => {
        expect(read(JSON.stringify(strings)).leaves.map(({ value }) => value)).toEqual(strings);
      }),
    );
  });
});
