import type { Decoding } from '@sallyport/core';

/**
 * Who vouches for a value, most trusted first. `trusted`: a tool that an operator vouches for. `third-party`: somebody else's
 * words, and it is known whose. `untrusted`: whoever could write there.
 */
export const INTEGRITIES = ['system', 'user', 'trusted', 'third-party', 'untrusted'] as const;
export type Integrity = (typeof INTEGRITIES)[number];

/** Who may read a value: anybody, or only who takes part in the session. */
export const READERS = ['public', 'session'] as const;
export type Readers = (typeof READERS)[number];

/** Where a value stood. */
export interface LeafOrigin {
  /** The tool that brought it; absent for what a user, the operator or nobody known wrote. */
  readonly tool?: string;
  /** The place in the tool's result, such as `[2].recipient`; empty for the whole of it. */
  readonly path: string;
  /** One-based line of the text that it stood in. */
  readonly line: number;
}

/** One value out of a message, with its label. */
export interface Leaf {
  readonly text: string;
  /** `atom`: short, on one line, without markup, in a field of its own. `free`: text in which anything may be written. */
  readonly shape: 'atom' | 'free';
  readonly integrity: Integrity;
  readonly readers: Readers;
  readonly origin: LeafOrigin;
}

/**
 * Where an argument's value came from. `user`: the user wrote it. `trusted`: the operator, or a tool that is vouched for, did.
 * `atom`: a field of a tool's result. `free`: only free text that is not trusted. `mixed`: fields and free text alike.
 * `none`: nowhere that can be seen.
 */
export const SOURCES = ['user', 'trusted', 'atom', 'free', 'mixed', 'none'] as const;
export type Source = (typeof SOURCES)[number];

/** Why a source is believed: enough for a person to find the place, and none of the content. */
export interface Evidence {
  readonly integrity: Integrity;
  readonly shape: Leaf['shape'];
  readonly origin: LeafOrigin;
  /** Index of the message in the transcript. */
  readonly message: number;
  /** What was undone to see it: in the place, or in the argument. */
  readonly via: readonly Decoding[];
  /** How the two were compared. */
  readonly match: 'words' | 'value' | 'fingerprint';
  /** What kind of value it is, where it is one that has a form of its own. */
  readonly kind?: ValueKind;
}

/** Values that mean the same in several spellings. */
export const VALUE_KINDS = ['email', 'url', 'host', 'iban', 'phone', 'number', 'date'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** One sentence for a person: where the value came from, and how it was recognised. */
export function describeEvidence({ kind, origin, integrity, message, via, match }: Evidence): string {
  const what = kind === undefined ? 'this' : `this ${KIND_WORDS[kind]}`;
  const where =
    origin.tool === undefined
      ? `${integrity === 'untrusted' ? 'a text that nobody vouches for' : `the ${integrity}'s words`}, message ${message + 1}`
      : `the result of \`${origin.tool}\`, message ${message + 1}${origin.path === '' ? '' : `, \`${origin.path}\``}`;
  const how = via.length === 0 ? '' : `; read through ${via.join(', ')}`;
  return `${what} ${match === 'fingerprint' ? 'repeats parts of' : 'came from'} ${where}, line ${origin.line}${how}`;
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
