import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointText, headIn, parseCheckpoint } from './checkpoint.ts';
import { cosign, cosignedAt } from './cosignature.ts';
import {
  COSIGNATURE,
  ED25519,
  isNoteSigned,
  NOTE_MAX_CHARS,
  NOTE_SIGNATURES_MAX,
  noteOf,
  parseNote,
  parseVkey,
  signatureLine,
  signNote,
  verifierKey,
  vkeyText,
} from './signed-note.ts';
import { ORIGIN, publicKey, signingKey, stranger } from './testing/test-log.ts';
import { signHead } from './tree-head.ts';

/** The example of the package golang.org/x/mod/sumdb/note (BSD-3-Clause): a note that another implementation signed. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETERS_NOTE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

const key = verifierKey(ORIGIN, publicKey);
const root = Buffer.alloc(32, 7).toString('base64');
const head = signHead({ origin: ORIGIN, size: 3, root, at: '2026-01-01T00:00:00.000Z' }, signingKey);
const note = checkpointText(head, publicKey);

describe('signed notes', () => {
  it('of another implementation are read and verified, and its key is written as it writes it', () => {
    const peter = parseVkey(PETER);
    const parsed = parseNote(PETERS_NOTE);
    if (peter === undefined || parsed === undefined) throw new Error('the example is not read');
    expect(isNoteSigned(parsed, peter)).toBe(true);
    expect(vkeyText(peter)).toBe(PETER);
    expect(isNoteSigned({ ...parsed, text: parsed.text.replace('your', 'our') }, peter)).toBe(false);
    expect(isNoteSigned(parsed, { ...peter, publicKey })).toBe(false);
  });

  it('parseVkey() gives back every key that vkeyText() writes, and nothing else', () => {
    for (const algorithm of [ED25519, COSIGNATURE] as const) {
      const text = vkeyText(verifierKey('witness.example/w1', stranger.publicKey, algorithm));
      expect(vkeyText(parseVkey(text) ?? key)).toBe(text);
    }
    expect(parseVkey(vkeyText(key).replace(/\+[0-9a-f]{8}\+/, '+00000000+'))).toBeUndefined();
    expect(parseVkey(vkeyText(key).replace(ORIGIN, 'other'))).toBeUndefined();
    expect(parseVkey(`${ORIGIN}+${key.id}+${Buffer.alloc(33, 9).toString('base64')}`)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseVkey(text)).toBeUndefined();
      }),
    );
  });

  it('parseNote() takes apart what noteOf() put together, and refuses what is cut, endless or holds control characters', () => {
    const line = signatureLine(key, Buffer.alloc(64, 1));
    const text = 'a\n\nb\n';
    expect(parseNote(noteOf(text, [line, line]))).toMatchObject({
      text,
      signatures: [{ name: ORIGIN }, { id: key.id }],
    });
    const notes = (count: number) =>
      noteOf(
        text,
        Array.from({ length: count }, () => line),
      );
    expect(parseNote(notes(NOTE_SIGNATURES_MAX))?.signatures).toHaveLength(NOTE_SIGNATURES_MAX);
    expect(parseNote(notes(NOTE_SIGNATURES_MAX + 1))).toBeUndefined();
    const filled = (chars: number) => noteOf(`${'x'.repeat(chars - line.length - 2)}\n`, [line]);
    expect(parseNote(filled(NOTE_MAX_CHARS))).toBeDefined();
    expect(parseNote(filled(NOTE_MAX_CHARS + 1))).toBeUndefined();
    for (const bad of [
      '',
      '\n',
      text,
      note.slice(0, -1),
      note.replace('\u2014', '-'),
      `\n${line}`,
      note.replace('3\n', '3\r\n'),
    ]) {
      expect(parseNote(bad)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.string(), (noise) => {
        expect(parseNote(noise)).toBeUndefined();
      }),
    );
  });
});

describe('checkpoints', () => {
  it('hold the head that they were made of, for those who know its key', () => {
    const checkpoint = parseCheckpoint(note);
    if (checkpoint === undefined) throw new Error('our own checkpoint is not read');
    expect(note).toBe(
      `${ORIGIN}\n3\n${root}\n2026-01-01T00:00:00.000Z\n\n${signatureLine(key, signNote(checkpoint.text, signingKey))}`,
    );
    expect(headIn(checkpoint, key)).toEqual(head);
    expect(headIn(checkpoint, verifierKey(ORIGIN, stranger.publicKey))).toBeUndefined();
    expect(headIn(checkpoint, verifierKey('other', publicKey))).toBeUndefined();
  });

  it('hold it too where a signature that only bears the name of the key stands first', () => {
    const parsed = parseNote(note);
    if (parsed === undefined) throw new Error('our own note is not read');
    const forged = signatureLine(key, Buffer.alloc(64, 1));
    const checkpoint = parseCheckpoint(noteOf(parsed.text, [forged, note.slice(parsed.text.length + 1)]));
    if (checkpoint === undefined) throw new Error('a checkpoint with two signatures is not read');
    expect(headIn(checkpoint, key)).toEqual(head);
  });

  it.each([
    ['a size with a leading zero', note.replace('\n3\n', '\n03\n')],
    ['a size beyond 2^53', note.replace('\n3\n', '\n9007199254740993\n')],
    ['a root of another length', note.replace(root, root.slice(4))],
    ['a root in other base64', note.replace(root, `${root.slice(0, -2)}d=`)],
    ['no root', note.replace(`${root}\n`, '')],
    ['an empty extension line', note.replace('Z\n\n', 'Z\n\n\n')],
  ])('with %s are none', (_, bad) => {
    expect(parseCheckpoint(bad)).toBeUndefined();
  });
});

describe('cosignatures', () => {
  const { privateKey, publicKey: witnessKey } = generateKeyPairSync('ed25519');
  const witness = verifierKey('witness.example/w1', witnessKey, COSIGNATURE);
  const line = cosign(parseNote(note)?.text ?? '', { key: witness, signingKey: privateKey, timeS: 1_679_315_147 });

  it('stand beside the signature of the log and say when they were made', () => {
    const checkpoint = parseCheckpoint(checkpointText(head, publicKey, [line]));
    if (checkpoint === undefined) throw new Error('our own checkpoint is not read');
    expect(cosignedAt(checkpoint, witness)).toBe(1_679_315_147);
    expect(headIn(checkpoint, key)).toEqual(head);
    // The same key as a log's key signs something else.
    expect(cosignedAt(checkpoint, verifierKey('witness.example/w1', witnessKey, ED25519))).toBeUndefined();
  });

  it('do not hold for another checkpoint, time or key', () => {
    const other = parseCheckpoint(checkpointText({ ...head, size: 4 }, publicKey, [line]));
    const bytes = Buffer.from(line.trimEnd().split(' ')[2] ?? '', 'base64').subarray(4);
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    const late = parseCheckpoint(checkpointText(head, publicKey, [signatureLine(witness, bytes)]));
    if (other === undefined || late === undefined) throw new Error('our own checkpoint is not read');
    expect(cosignedAt(other, witness)).toBeUndefined();
    expect(cosignedAt(late, witness)).toBeUndefined();
    expect(cosignedAt(late, { ...witness, publicKey: stranger.publicKey })).toBeUndefined();
  });
});
