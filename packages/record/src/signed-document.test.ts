import { generateKeyPairSync } from 'node:crypto';
import { canonicalJson } from '@sallyport/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSignedDocument, signDocument } from './signed-document.ts';
import { verifierKey } from './signed-note.ts';

const TYPE = 'sallyport example v1';

function signer(name = 'log/1') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { key: verifierKey(name, publicKey), signingKey: privateKey };
}

const ours = signer();

describe('readSignedDocument()', () => {
  it('gives back whatever document was signed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        const read = readSignedDocument(signDocument(TYPE, document, ours), TYPE, ours.key);
        expect(canonicalJson(read?.document)).toBe(canonicalJson(document));
      }),
    );
  });

  it('takes the document with other white space and members in another order, and with nothing else changed', () => {
    const text = signDocument(TYPE, { a: 1, b: [{ c: 'x', d: 2 }] }, ours);
    const { document, signature } = JSON.parse(text);
    const again = { signature, document: { b: document.b, a: document.a } };
    expect(readSignedDocument(JSON.stringify(again, undefined, 2), TYPE, ours.key)).toEqual({ document });
    for (const changed of [{ ...document, a: 2 }, { ...document, e: 1 }, { a: 1 }, []]) {
      expect(readSignedDocument(JSON.stringify({ document: changed, signature }), TYPE, ours.key)).toBeUndefined();
    }
  });

  it('takes nothing that is nested deeper than anything that is signed', () => {
    const { signature } = JSON.parse(signDocument(TYPE, [], ours));
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(readSignedDocument(`{"document":${deep},"signature":"${signature}"}`, TYPE, ours.key)).toBeUndefined();
  });

  it('takes nothing that another key signed, or that was signed for another purpose', () => {
    const text = signDocument(TYPE, { a: 1 }, ours);
    expect(readSignedDocument(text, 'sallyport example v2', ours.key)).toBeUndefined();
    expect(readSignedDocument(text, TYPE, signer().key)).toBeUndefined();
    expect(readSignedDocument(text, TYPE, signer('log/2').key)).toBeUndefined();
  });

  it.each(['', '{', 'null', '[]', '{"document":1}', '{"document":1,"signature":2}', '{"document":1,"signature":"x"}'])(
    'takes no document from %j',
    (text) => {
      expect(readSignedDocument(text, TYPE, ours.key)).toBeUndefined();
    },
  );
});
