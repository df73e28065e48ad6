import { visibleText } from '@sallyport/text';

/** What `html` takes: texts and numbers are shown as they are, markup stays markup, nothing is shown of `undefined`. */
export type Shown = Markup | string | number | undefined | readonly Shown[];

/** A piece of a page. Only `html` makes one, so whatever comes from elsewhere is text in it. */
export class Markup {
  readonly #source: string;

  constructor(key: typeof KEY, source: string) {
    if (key !== KEY) throw new TypeError('markup is made by `html`');
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

/** Nobody else has it. */
const KEY = Symbol('html');

/**
 * Markup with values in it, which are escaped for texts and for attributes in quotes, and whose characters that hide are written out:
 * a hostile name is shown, and does nothing. Values never stand in `<style>`, or in an attribute without quotes.
 * Cost: O(n).
 */
export function html(parts: TemplateStringsArray, ...values: readonly Shown[]): Markup {
  let source = parts[0] ?? '';
  for (const [at, value] of values.entries()) source += sourceOf(value) + (parts[at + 1] ?? '');
  return new Markup(KEY, source);
}

function sourceOf(value: Shown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  if (value instanceof Markup) return value.toString();
  return value.map(sourceOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
