import carriers from './carriers.json' with { type: 'json' };
import type { Channel } from './generated-row.ts';
import type { Part, Phrase } from './phrase.ts';

/** Where a text stands. */
export interface Carrier {
  readonly id: string;
  readonly channel: string;
  /** How text is written where it stands. */
  readonly escape: string;
  readonly templates: readonly string[];
  /** Templates that are kept for measuring. */
  readonly measure: readonly string[];
}

export const CARRIERS: readonly Carrier[] = carriers;

/** Tools' descriptions are read as such where a family is about them; every other text can stand anywhere. */
const OWN_CARRIERS: Readonly<Record<string, readonly string[]>> = {
  'tool-poisoning': ['tool-definition'],
  'agent-instructions': ['document', 'markdown', 'retrieved'],
  'system-policy': ['system-prompt'],
  'build-log': ['tool-result', 'log-text'],
  'support-ticket': ['ticket', 'e-mail', 'tool-result'],
  'test-data': ['code-text', 'tool-result', 'markdown'],
};

/** Where only a family that asks for it stands. */
const RESERVED: ReadonlySet<string> = new Set(['system-prompt', 'log-text', 'code-text']);

export function carriersOf(family: string, channel: Channel): readonly Carrier[] {
  const own = OWN_CARRIERS[family];
  return CARRIERS.filter(({ id, channel: wanted }) =>
    own === undefined ? wanted === channel && !RESERVED.has(id) : own.includes(id),
  );
}

/** The text in its carrier, which the phrase draws once: a pair shares it. */
export function carry(carrier: Carrier, text: string, drawn: { phrase: Phrase; template: string }): string {
  const { phrase, template } = drawn;
  return template
    .split('{text}')
    .map((around) => around.replace(/\{[A-Za-z]+\d?\}/g, (slot) => escaped(phrase.fill(slot), carrier.escape)))
    .join(escaped(text, carrier.escape));
}

export function templatesOf(carrier: Carrier, part: Part): readonly string[] {
  return part === 'train' ? carrier.templates : carrier.measure;
}

function escaped(text: string, how: string): string {
  switch (how) {
    case 'json':
      return JSON.stringify(text).slice(1, -1);
    case 'csv':
      return text.replaceAll('"', '""');
    case 'html':
      return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
    case 'line':
      return text.replace(/\s*\n\s*/g, ' ');
    default:
      return text;
  }
}
