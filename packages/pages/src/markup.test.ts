import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, Markup } from './markup.ts';

describe('html', () => {
  it('shows hostile names and never obeys them, in texts and in attributes', () => {
    const name = `"><script>alert('1')</script>`;
    const shown = String(html`<td title="${name}">${name}</td>`);
    expect(shown).toBe(
      '<td title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</td>',
    );
  });

  it('leaves no character that could begin a tag, an entity or the end of an attribute, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = String(html`${text}`);
        expect(shown).not.toMatch(/[<>"']/);
        expect(shown.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
    );
  });

  it('writes out what would turn the text around or hide in it', () => {
    expect(String(html`${'pay\u202eeno\u0000'}`)).toBe('pay\\u{202e}eno\\u{0000}');
  });

  it('keeps markup as it is, joins lists, and shows nothing of what is not there', () => {
    const rows = ['<a>', 2].map((each) => html`<li>${each}</li>`);
    expect(String(html`<ul>${rows}${undefined}</ul>`)).toBe('<ul><li>&lt;a&gt;</li><li>2</li></ul>');
  });

  it('is the only one that makes markup', () => {
    expect(() => new Markup(Symbol('html') as never, '<script>')).toThrow(TypeError);
  });
});
