import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownArguments } from './shown-arguments.ts';

describe('shownArguments()', () => {
  it('puts each member on a line of its own', () => {
    expect(shownArguments('{"to":"ann","lines":[{"sum":12},{}],"none":[]}')).toBe(
      '{\n  "to": "ann",\n  "lines": [\n    {\n      "sum": 12\n    },\n    {}\n  ],\n  "none": []\n}',
    );
  });

  it('is how JSON is usually indented, for every value', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, stringUnit: fc.constantFrom('a', '"', '\\', ':', ',', '{', ']', ' ') }),
        (value) => {
          expect(shownArguments(JSON.stringify(value))).toBe(JSON.stringify(value, undefined, 2));
        },
      ),
    );
  });

  it('changes no number, drops no member that comes twice, and keeps their order', () => {
    expect(shownArguments('{"2":12345678901234567890,"1":1.0e2,"2":0}')).toBe(
      '{\n  "2": 12345678901234567890,\n  "1": 1.0e2,\n  "2": 0\n}',
    );
  });

  it('undoes escapes of what can be seen, and writes out what cannot', () => {
    expect(shownArguments('"\\u0065vil\\u202Etxt\u200b\\u0007\\n"')).toBe('"evil\\u{202e}txt\\u{200b}\\u0007\\n"');
  });

  it.each(['{"to":', 'rm -rf /', '', "{'to': 1}"])('shows %j, which is no JSON, as it stands', (text) => {
    expect(shownArguments(text)).toBe(text);
  });

  it('writes out what hides in what is no JSON', () => {
    expect(shownArguments('ls\u001b[8m; rm -rf /\r\nok')).toBe('ls\\u{001b}[8m; rm -rf /\\u{000d}\nok');
  });

  it('does not grow with the square of its depth', () => {
    const deep = 20_000;
    expect(shownArguments('['.repeat(deep) + ']'.repeat(deep)).length).toBeLessThan(deep * 140);
  });
});
