import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotationOffsets, splitStatements, utf16Offset } from './statement.ts';

const textsOf = (text: string) =>
  splitStatements('guard', { name: 'a.cedar', text }).map((statement) => statement.text);

describe('splitStatements()', () => {
  it('cuts behind the semicolon that ends a policy', () => {
    expect(textsOf('permit(a);\n\n forbid(b); ')).toEqual(['permit(a);', 'forbid(b);']);
  });

  it('leaves semicolons of strings and comments alone', () => {
    const policy = 'permit(a) when { "; \\"; //" == b // ; "\n };';
    expect(textsOf(`// one; two\n${policy}`)).toEqual([policy]);
  });

  it('hands on what has no end, for Cedar to complain about', () => {
    expect(textsOf('permit(a);\nforbid(')).toEqual(['permit(a);', 'forbid(']);
    expect(textsOf('permit("a;')).toEqual(['permit("a;']);
    expect(textsOf('permit("a\\')).toEqual(['permit("a\\']);
  });

  it('finds nothing in blank text and comments', () => {
    expect(textsOf(' \n// permit(a);\r\n//')).toEqual([]);
  });

  it('loses nothing but trivia, whatever the text', () => {
    const alphabet = fc.constantFrom(';', '"', '\\', '/', '//', '\n', '\r', ' ', 'a', 'é😀');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        let rest = text;
        for (const piece of textsOf(text)) {
          expect(piece).not.toBe('');
          const at = rest.indexOf(piece);
          expect(at).toBeGreaterThanOrEqual(0);
          rest = rest.slice(at + piece.length);
        }
      }),
    );
  });

  it('knows line and column of every offset, counted from 1', () => {
    const [, second] = splitStatements('guard', { name: 'a.cedar', text: '// é😀\npermit(a);\n  forbid(\nb);' });
    expect(second?.at(0)).toEqual({ file: 'guard/a.cedar', line: 3, column: 3 });
    expect(second?.at('forbid(\n'.length)).toEqual({ file: 'guard/a.cedar', line: 4, column: 1 });
  });
});

describe('utf16Offset()', () => {
  it('turns byte offsets of UTF-8 into offsets of JavaScript strings', () => {
    expect(utf16Offset('é😀x', 0)).toBe(0);
    expect(utf16Offset('é😀x', 2)).toBe(1);
    expect(utf16Offset('é😀x', 6)).toBe(3);
  });
});

describe('annotationOffsets()', () => {
  it('finds annotations, with and without a value, and the keyword behind them', () => {
    const text = '@id("a;)@b(") // @no("x")\n@mode @effect ( "flag" )\nforbid(x);';
    const { offsets, head } = annotationOffsets(text);
    expect([...offsets]).toEqual([
      ['id', 0],
      ['mode', text.indexOf('@mode')],
      ['effect', text.indexOf('@effect')],
    ]);
    expect(text.slice(head)).toBe('forbid(x);');
  });
});
