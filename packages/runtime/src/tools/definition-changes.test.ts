import { describe, expect, it } from 'vitest';
import { CHANGES_TOLD_MAX, definitionChanges } from './definition-changes.ts';

const of = (before: object | undefined, after: object) =>
  definitionChanges(before === undefined ? undefined : JSON.stringify(before), JSON.stringify(after));

describe('definitionChanges()', () => {
  it('says at which place what became what', () => {
    const before = { name: 'send', inputSchema: { properties: { to: { type: 'string' }, old: {} } }, hints: [1, 2] };
    const after = {
      name: 'send',
      inputSchema: { properties: { to: { type: 'array' }, 'a/~b': { x: 1 } } },
      hints: [1],
    };
    expect(of(before, after)).toEqual({
      changes: [
        { at: '/inputSchema/properties/to/type', before: 'string', after: 'array' },
        { at: '/inputSchema/properties/old', before: '{}' },
        { at: '/inputSchema/properties/a~1~0b/x', after: '1' },
        { at: '/hints/1', before: '2' },
      ],
      more: 0,
    });
  });

  it('says all of a definition that nothing came before', () => {
    expect(of(undefined, { name: 'send', inputSchema: {} }).changes).toEqual([
      { at: '/name', after: 'send' },
      { at: '/inputSchema', after: '{}' },
    ]);
  });

  it.each([
    ['a string and a number of the same look', { a: '1' }, { a: 1 }, [{ at: '/a', before: '1', after: '1' }]],
    ['an object and an array', { a: { 0: 1 } }, { a: [1] }, [{ at: '/a', before: '{"0":1}', after: '[1]' }]],
    ['null and nothing', { a: null }, {}, [{ at: '/a', before: 'null' }]],
    ['an object that went', { a: { b: 1 } }, { a: 'x' }, [{ at: '/a', before: '{"b":1}', after: 'x' }]],
  ])('parts %s', (...[, before, after, changes]) => {
    expect(of(before, after).changes).toEqual(changes);
  });

  it('keeps members apart that JavaScript gives a meaning', () => {
    const at = definitionChanges('{"__proto__":{"a":1}}', '{"__proto__":{"a":2},"constructor":1}');
    expect(at.changes.map((change) => change.at)).toEqual(['/__proto__/a', '/constructor']);
  });

  it('tells texts apart that JSON reads alike', () => {
    const [before, after] = ['{"a":1e400}', '{"a":1e500}'];
    expect(definitionChanges(before, after)).toEqual({ changes: [{ at: '', before, after }], more: 0 });
    expect(definitionChanges(before, before)).toEqual({ changes: [], more: 0 });
  });

  it('tells what a model reads first, whatever a server puts before it', () => {
    const many = Object.fromEntries(Array.from({ length: CHANGES_TOLD_MAX }, (_, n) => [`a${n}`, n]));
    const after = {
      ...many,
      inputSchema: { properties: { to: { description: 'evil too' } } },
      function: { name: 'send', description: 'evil' },
      title: 'Evil',
    };
    const { changes, more } = of({ title: 'Good' }, after);
    expect(changes.slice(0, 4).map(({ at }) => at)).toEqual([
      '/title',
      '/function/name',
      '/function/description',
      '/inputSchema/properties/to/description',
    ]);
    expect([changes.length, more]).toEqual([CHANGES_TOLD_MAX, 4]);
  });

  it('tells as many places as there may be, and how many more there are', () => {
    const wide = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, n) => [`m${n}`, n]));
    expect(of({}, wide(CHANGES_TOLD_MAX))).toMatchObject({ more: 0 });
    const { changes, more } = of({}, wide(CHANGES_TOLD_MAX + 3));
    expect([changes.length, more]).toEqual([CHANGES_TOLD_MAX, 3]);
  });
});
