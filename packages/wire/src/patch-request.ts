import { Buffer } from 'node:buffer';
import { SallyportError, type SegmentEdits, type TextEdit, type WireRef } from '@sallyport/core';
import { applyEdits, editLiteral, encodeLiteral } from './json-literal.ts';
import { bufferOf } from './parse-json.ts';
import type { ByteRange } from './scan-body.ts';
import { type Replacement, splice } from './splice.ts';

/** A slice's bytes, and where they stand in the body, piece by piece. */
export interface PiecedSlice {
  readonly bytes: Uint8Array;
  readonly pieces: readonly ByteRange[];
}

export interface PiecedBody {
  readonly body: Uint8Array;
  readonly slices: readonly PiecedSlice[];
}

/** Replaces literals where their texts are edited; every other byte stays. Without edits, the same array. */
export function patchRequest(parsed: PiecedBody, edits: readonly SegmentEdits[]): Uint8Array {
  const literals = new Map<string, SegmentEdits[]>();
  for (const edit of edits) {
    if (edit.edits.length === 0) continue;
    const id = `${edit.at.slice}:${edit.at.start}`;
    const list = literals.get(id);
    if (list === undefined) literals.set(id, [edit]);
    else list.push(edit);
  }
  if (literals.size === 0) return parsed.body;
  const replacements: Replacement[] = [];
  for (const group of literals.values()) replacements.push(replaceLiteral(parsed, group));
  return splice(parsed.body, replacements);
}

function replaceLiteral(parsed: PiecedBody, group: readonly SegmentEdits[]): Replacement {
  const at = group[0]?.at;
  const slice = at === undefined ? undefined : parsed.slices[at.slice];
  if (at === undefined || slice === undefined)
    throw new SallyportError('INTERNAL', { detail: 'edit of an unknown slice' });
  const token = bufferOf(slice.bytes).toString('utf8', at.start, at.end);
  const start = inBody(slice, at);
  return { start, end: start + (at.end - at.start), bytes: Buffer.from(editGroup(token, group)) };
}

/** All edits of one literal: of its own text, or of the literals inside the JSON that it holds. */
function editGroup(token: string, group: readonly SegmentEdits[]): string {
  if (group.every(({ at }) => at.inner === undefined)) {
    const edits = ascending(group.flatMap((edit) => edit.edits));
    return group.some(({ at }) => at.encoding === 'base64') ? editBase64(token, edits) : editToken(token, edits);
  }
  const outer: string = JSON.parse(token);
  const inner: TextEdit[] = [];
  for (const { at, edits } of group) {
    if (at.inner === undefined) continue;
    inner.push({ ...at.inner, text: editToken(outer.slice(at.inner.start, at.inner.end), edits) });
  }
  return editLiteral(token, ascending(inner));
}

/** A string literal is edited in place; a number whose digits are edited becomes a string. */
function editToken(token: string, edits: readonly TextEdit[]): string {
  return token.startsWith('"') ? editLiteral(token, edits) : encodeLiteral(applyEdits(token, edits));
}

/** Decodes, edits and encodes again: an edge inside a surrogate pair moves out of it, as in any literal. */
function editBase64(token: string, edits: readonly TextEdit[]): string {
  const text = Buffer.from(JSON.parse(token), 'base64').toString('utf8');
  const edited: string = JSON.parse(editLiteral(encodeLiteral(text), edits));
  return encodeLiteral(Buffer.from(edited).toString('base64'));
}

function ascending(edits: readonly TextEdit[]): readonly TextEdit[] {
  return [...edits].sort((a, b) => a.start - b.start);
}

/** Where a slice's offset stands in the body; a literal never lies across two pieces. */
function inBody(slice: PiecedSlice, at: WireRef): number {
  let from = 0;
  for (const piece of slice.pieces) {
    const length = piece.end - piece.start;
    if (at.start < from + length) return piece.start + (at.start - from);
    from += length;
  }
  throw new SallyportError('INTERNAL', { detail: 'edit beyond the end of a slice' });
}
