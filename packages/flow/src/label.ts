import type { Evidence, Integrity, LeafOrigin, LeafShape, Readers, ValueKind } from '@sallyport/core';

/** One value out of a message, with its label. */
export interface Leaf {
  readonly text: string;
  readonly shape: LeafShape;
  readonly integrity: Integrity;
  readonly readers: Readers;
  readonly origin: LeafOrigin;
}

/** One sentence for a person: where the value came from, and how it was recognised. */
export function describeEvidence({ kind, origin, integrity, message, via, match }: Evidence): string {
  const what = kind === undefined ? 'this' : `this ${KIND_WORDS[kind]}`;
  const where =
    origin.tool === undefined
      ? `${integrity === 'untrusted' ? 'a text that nobody vouches for' : `the ${integrity}'s words`}${againIn(origin, message)}`
      : `the result of \`${origin.tool}\`${documentOf(origin)}${againIn(origin, message)}${origin.path === '' ? '' : `, \`${origin.path}\``}`;
  const how = via.length === 0 ? '' : `; read through ${via.join(', ')}`;
  return `${what} ${match === 'fingerprint' ? 'repeats parts of' : 'came from'} ${where}, line ${origin.line}${how}`;
}

function documentOf({ document }: LeafOrigin): string {
  return document === undefined ? '' : ` for \`${document}\``;
}

/** The message that holds it: of what came out of a memory, the one that read it again. */
function againIn({ memory }: LeafOrigin, message: number): string {
  const at = `message ${message + 1}`;
  return memory === undefined ? `, ${at}` : `, kept in the memory \`${memory}\` and read again in ${at}`;
}

const KIND_WORDS: Readonly<Record<ValueKind, string>> = {
  email: 'e-mail address',
  url: 'URL',
  host: 'host',
  iban: 'IBAN',
  phone: 'phone number',
  number: 'number',
  date: 'date',
};
