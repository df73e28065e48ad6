import type { DeclaredDocument } from '@sallyport/core';

/** What a document begins and ends with in a text that brings it. */
export interface DocumentMarker {
  /** 2..256 characters, compared as they are. */
  readonly open: string;
  readonly close: string;
}

/** `<sallyport:document id="..." name="...">`: an id that nobody could guess says where exactly the document ends. */
const TAG = /<sallyport:document((?: [a-z]{1,16}="[^"<>\n]{0,256}")*) ?>/g;
const CLOSE = '</sallyport:document>';

/**
 * The documents in a text. One that may hold its own end is taken to reach to the last one, so that nobody talks their way out of
 * it: words between two documents count as theirs. One that doesn't end reaches to the end of the text.
 * Cost: O(length) for each marker.
 */
export function markedDocuments(text: string, markers: readonly DocumentMarker[]): readonly DeclaredDocument[] {
  const documents = tagged(text);
  for (const { open, close } of markers) {
    const start = text.indexOf(open);
    if (start >= 0) documents.push({ start, end: endOf(text, close, start + open.length) });
  }
  return documents;
}

function tagged(text: string): DeclaredDocument[] {
  const documents: DeclaredDocument[] = [];
  let until = 0;
  for (const { index, 0: tag, 1: attributes = '' } of text.matchAll(TAG)) {
    if (index < until) continue;
    const id = attributeOf(attributes, 'id');
    const name = attributeOf(attributes, 'name');
    const from = index + tag.length;
    const end = id === undefined ? endOf(text, CLOSE, from) : ownEnd(text, id, from);
    documents.push({ start: index, end, ...(name !== undefined && { name }) });
    until = end;
  }
  return documents;
}

function attributeOf(attributes: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]+)"`).exec(attributes)?.[1];
}

function ownEnd(text: string, id: string, from: number): number {
  const close = `</sallyport:document id="${id}">`;
  const at = text.indexOf(close, from);
  return at < 0 ? text.length : at + close.length;
}

function endOf(text: string, close: string, from: number): number {
  const at = text.lastIndexOf(close);
  return at < from ? text.length : at + close.length;
}
