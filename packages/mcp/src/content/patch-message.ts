import { type ParsedRequest, SallyportError, type SegmentEdits } from '@sallyport/core';
import { patchRequest } from '@sallyport/wire';
import type { SlicedMessage } from './slice-message.ts';

/** Replaces the literals of texts that are edited; every other byte stays. Without edits, the same array. */
export function patchMessage(parsed: ParsedRequest, edits: readonly SegmentEdits[]): Uint8Array {
  if (!isSliced(parsed)) throw new SallyportError('INTERNAL', { detail: 'message was sliced by another protocol' });
  return patchRequest(parsed, edits);
}

function isSliced(parsed: ParsedRequest): parsed is SlicedMessage {
  return 'from' in parsed && parsed.slices.every((slice) => 'pieces' in slice);
}
