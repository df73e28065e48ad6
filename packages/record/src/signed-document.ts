import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '@sallyport/wire';
import { isNoteSigned, parseSignatureLine, signatureLine, signNote, type VerifierKey } from './signed-note.ts';

/**
 * A JSON document with the signature of a log's key, as one line of JSON: `{"document": ..., "signature": "\u2014 name base64"}`. What is signed is the type, a line feed, the
 * canonical document and a line feed, so that nothing that was signed for another purpose passes for it.
 * @param type one line, such as `sallyport baseline v1`
 * Cost: 3 us per KB, and 30 us.
 */
export function signDocument(type: string, document: unknown, signer: DocumentSigner): string {
  const { key, signingKey } = signer;
  const signature = signatureLine(key, signNote(signedText(type, document), signingKey)).trimEnd();
  return `${canonicalJson({ document, signature })}\n`;
}

export interface DocumentSigner {
  readonly key: VerifierKey;
  readonly signingKey: KeyObject;
}

/**
 * The document, as it was signed; undefined where the text holds none, or the key did not sign it for this type. Its shape is not checked.
 * Nothing of it is believed before.
 */
export function readSignedDocument(text: string, type: string, key: VerifierKey): { document: unknown } | undefined {
  const value = jsonIn(text);
  if (typeof value !== 'object' || value === null || !('document' in value) || !('signature' in value))
    return undefined;
  const { document, signature: line } = value;
  const signature = typeof line === 'string' ? parseSignatureLine(line) : undefined;
  const signed = signature && signedTextOr(type, document);
  if (signature === undefined || signed === undefined) return undefined;
  return isNoteSigned({ text: signed, signatures: [signature] }, key) ? { document } : undefined;
}

function signedText(type: string, document: unknown): string {
  return `${type}\n${canonicalJson(document)}\n`;
}

/** Nothing of a document that is nested deeper than the stack: nobody signs such a one. */
function signedTextOr(type: string, document: unknown): string | undefined {
  try {
    return signedText(type, document);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
