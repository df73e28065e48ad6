import { Buffer } from 'node:buffer';
import type { LaneId, PartEdits, TextEdit } from '@sallyport/core';
import {
  applyEdits,
  ByteOffsets,
  bufferOf,
  type DataPiece,
  editLiteral,
  type JsonArray,
  type Replacement,
  splice,
} from '@sallyport/wire';
import type { BookedEvent, ElementCut } from './lane-book.ts';

/** Writes an event again with its parts' texts edited. What is not touched keeps its bytes. */
export function rewriteEvent(event: BookedEvent, edits: readonly PartEdits[]): Uint8Array {
  const data = dataOf(event);
  const places = new RawPlaces(data, event.pieces);
  const replacements: Replacement[] = [];
  const dropped = new Map<JsonArray, Set<number>>();
  for (const { part, edits: list } of withCarried(event, edits)) {
    const place = event.places[part];
    if (place === undefined || place.kind === 'context' || list.length === 0) continue;
    if (place.kind === 'elements') drop(place.cuts, list, dropped);
    else if (place.kind === 'offsets') {
      for (const { start, end, value } of place.numbers) {
        replacements.push(toRaw(places, { start, end, text: String(moved(value, list)) }));
      }
    } else if (place.kind === 'line') {
      const line = bufferOf(event.raw).toString('utf8', place.start, place.end);
      const edited = applyEdits(line, list).replaceAll(/[\r\n]/g, ' ');
      replacements.push({ start: place.start, end: place.end, bytes: Buffer.from(edited) });
    } else {
      const token = data.slice(place.start, place.end);
      const edited = place.kind === 'literal' ? editLiteral(token, list) : applyEdits(token, list);
      replacements.push(toRaw(places, { start: place.start, end: place.end, text: edited }));
    }
  }
  for (const [list, indexes] of dropped) {
    for (const edit of removals(list, indexes)) replacements.push(toRaw(places, edit));
  }
  return replacements.length === 0 ? event.raw : splice(event.raw, replacements);
}

/**
 * What is put in the place of text that began before this event stands where the event's own text begins: without it, what
 * the client has and what comes next would meet, and could be what was taken out.
 */
function withCarried(event: BookedEvent, edits: readonly PartEdits[]): readonly PartEdits[] {
  const carried = new Map<LaneId, string>();
  return edits.map(({ part, edits: list }) => {
    const own = event.parts[part];
    const [first, last] = [list[0], list.at(-1)];
    if (own === undefined || first === undefined || last === undefined) return { part, edits: list };
    const text = carried.get(own.lane);
    carried.delete(own.lane);
    if (event.places[part]?.kind === 'context' && last.end === own.text.length) carried.set(own.lane, last.text);
    if (text === undefined || first.start > 0 || first.text !== '') return { part, edits: list };
    return { part, edits: [{ ...first, text }, ...list.slice(1)] };
  });
}

function drop(cuts: readonly ElementCut[], edits: readonly TextEdit[], dropped: Map<JsonArray, Set<number>>): void {
  for (const { start, end, list, index } of cuts) {
    if (!edits.some((edit) => edit.start < end && edit.end > start)) continue;
    const indexes = dropped.get(list);
    if (indexes === undefined) dropped.set(list, new Set([index]));
    else indexes.add(index);
  }
}

/** Ranges that take elements, each with one comma, out of a list. */
function removals({ items }: JsonArray, indexes: ReadonlySet<number>): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const lastKept = items.findLastIndex((_, index) => !indexes.has(index));
  for (const [index, item] of items.entries()) {
    if (!indexes.has(index) || index > lastKept) continue;
    edits.push({ start: item.start, end: items[index + 1]?.start ?? item.end, text: '' });
  }
  const tail = items[lastKept + 1];
  const last = items.at(-1);
  if (tail !== undefined && last !== undefined) {
    edits.push({ start: items[lastKept]?.end ?? tail.start, end: last.end, text: '' });
  }
  return edits;
}

/** Where an offset of a text is once the text was edited; inside an edit, where that begins. */
function moved(offset: number, edits: readonly TextEdit[]): number {
  let shift = 0;
  for (const { start, end, text } of edits) {
    if (end <= offset) shift += text.length - (end - start);
    else if (start < offset) return start + shift;
  }
  return offset + shift;
}

function toRaw(places: RawPlaces, { start, end, text }: TextEdit): Replacement {
  return { start: places.byteAt(start), end: places.byteAt(end), bytes: Buffer.from(text) };
}

/** Byte offsets in the raw event of offsets in its data: a long answer has as many of them as it has findings. */
class RawPlaces {
  readonly #pieces: readonly DataPiece[];
  readonly #offsets: ByteOffsets;

  constructor(data: string, pieces: readonly DataPiece[]) {
    this.#pieces = pieces;
    this.#offsets = new ByteOffsets(data, Buffer.byteLength(data));
  }

  byteAt(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const piece = this.#pieces[low - 1];
    return piece === undefined ? 0 : piece.start + this.#offsets.at(offset) - this.#offsets.at(piece.offset);
  }
}

/** The data of an event, decoded again: few events are ever rewritten. */
function dataOf({ raw, pieces }: BookedEvent): string {
  return pieces.map(({ start, end }) => bufferOf(raw).toString('utf8', start, end)).join('\n');
}

/** Byte offset in the raw event of an offset in the data. */
export function byteAt(data: string, pieces: readonly DataPiece[], offset: number): number {
  const piece = pieces.findLast((each) => each.offset <= offset);
  return piece === undefined ? 0 : piece.start + Buffer.byteLength(data.slice(piece.offset, offset));
}
