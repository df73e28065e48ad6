import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/** Signature types of C2SP signed notes that are spoken here: Ed25519, and Ed25519 cosignatures with a time. */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
export type NoteAlgorithm = typeof ED25519 | typeof COSIGNATURE;

/** A public key with the name that its signatures bear. */
export interface VerifierKey {
  /** Without white space and `+`. */
  readonly name: string;
  readonly algorithm: NoteAlgorithm;
  /** First 4 bytes of SHA-256 of name, line feed, algorithm and key: 8 hexadecimal digits. */
  readonly id: string;
  readonly publicKey: KeyObject;
}

export interface NoteSignature {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly id: string;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** What is signed: whole lines, the last line feed included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Largest note that is read, characters, and the signatures that it may bear. */
export const NOTE_MAX_CHARS = 65_536;
export const NOTE_SIGNATURES_MAX = 100;

const KEY_BYTES = 32;
const ID_BYTES = 4;
/** DER of an Ed25519 public key, up to its 32 bytes. Source: RFC 8410, section 4. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const NAME = /^[^\s+\p{Cc}]{1,256}$/u;
const VKEY = /^([^\s+]{1,256})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/;
const SIGNATURE_LINE = /^\u2014 (\S{1,256}) ([A-Za-z0-9+/]{1,8192}={0,2})$/;
/** A control character other than the line feed. */
const CONTROL = /[^\P{Cc}\n]/u;

/** The key as verifiers know it. Source: C2SP signed-note, "Verifier keys". */
export function verifierKey(name: string, publicKey: KeyObject, algorithm: NoteAlgorithm = ED25519): VerifierKey {
  const head = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(algorithm), rawKey(publicKey)]);
  return { name, algorithm, id: hash('sha256', head, 'buffer').subarray(0, ID_BYTES).toString('hex'), publicKey };
}

/** `name+id+base64(algorithm and key)`: one line that says whose key it is. */
export function vkeyText({ name, algorithm, id, publicKey }: VerifierKey): string {
  const key = Buffer.concat([Buffer.of(algorithm), rawKey(publicKey)]).toString('base64');
  return `${name}+${id}+${key}`;
}

/** Undefined where it is none, its id is not that of its key, or its algorithm is not spoken here. */
export function parseVkey(text: string): VerifierKey | undefined {
  const [, name = '', id = '', base64 = ''] = VKEY.exec(text) ?? [];
  if (!NAME.test(name)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const [algorithm] = bytes;
  if (bytes.byteLength !== 1 + KEY_BYTES || (algorithm !== ED25519 && algorithm !== COSIGNATURE)) return undefined;
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_HEAD, bytes.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  const key = verifierKey(name, publicKey, algorithm);
  return key.id === id ? key : undefined;
}

/** One signature line, its line feed included. */
export function signatureLine({ name, id }: Pick<VerifierKey, 'name' | 'id'>, signature: Uint8Array): string {
  return `\u2014 ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`;
}

/** The note of a text and its signature lines. */
export function noteOf(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.join('')}`;
}

/**
 * Takes a note apart; undefined where it is none, or larger than it may be. Nothing is verified.
 * Cost: 1 us a line. Source: C2SP signed-note, "Format".
 */
export function parseNote(note: string, maxChars = NOTE_MAX_CHARS): SignedNote | undefined {
  const split = note.lastIndexOf('\n\n');
  if (note.length > maxChars || split < 1 || !note.endsWith('\n') || CONTROL.test(note)) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX) return undefined;
  const signatures = lines.map(parseSignatureLine);
  return signatures.every((signature) => signature !== undefined)
    ? { text: note.slice(0, split + 1), signatures }
    : undefined;
}

/** Undefined where the line is no signature. */
export function parseSignatureLine(line: string): NoteSignature | undefined {
  const [, name = '', base64 = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  if (!NAME.test(name) || bytes.byteLength <= ID_BYTES || bytes.toString('base64') !== base64) return undefined;
  return { name, id: bytes.toString('hex', 0, ID_BYTES), signature: bytes.subarray(ID_BYTES) };
}

/** Signs with Ed25519. Cost: 30 us. */
export function signNote(text: string, signingKey: KeyObject): Uint8Array {
  return sign(null, Buffer.from(text), signingKey);
}

/** Whether one of the note's signatures is of this key (`ED25519`). Signatures of other keys are passed over. Cost: 85 us. */
export function isNoteSigned(note: SignedNote, key: VerifierKey): boolean {
  return noteSignature(note, key) !== undefined;
}

/** The first of the note's signatures that is of this key (`ED25519`): one may bear the key's name and not be of it. */
export function noteSignature({ text, signatures }: SignedNote, key: VerifierKey): Uint8Array | undefined {
  return signaturesOf(signatures, key).find(({ signature }) =>
    verify(null, Buffer.from(text), key.publicKey, signature),
  )?.signature;
}

/** Those that say that they are of the key. */
export function signaturesOf(
  signatures: readonly NoteSignature[],
  { name, id }: Pick<VerifierKey, 'name' | 'id'>,
): readonly NoteSignature[] {
  return signatures.filter((signature) => signature.name === name && signature.id === id);
}

function rawKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_HEAD.byteLength);
}
