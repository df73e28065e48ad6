import type { Fault } from './errors.ts';
import type { Slice, SliceContent } from './protocol.ts';

/** Bytes of slices whose contents are kept. */
export const OPENED_MAX_BYTES = 262_144;

/** Opens slices so that none is decoded twice, for as long as the function lives; beyond `OPENED_MAX_BYTES` they are. */
export function openOnce(): (slice: Pick<Slice, 'bytes' | 'open'>) => SliceContent | Fault {
  const opened = new Map<object, SliceContent | Fault>();
  let bytes = 0;
  return (slice) => {
    const known = opened.get(slice);
    if (known !== undefined) return known;
    const content = slice.open();
    if (bytes + slice.bytes.length <= OPENED_MAX_BYTES) {
      bytes += slice.bytes.length;
      opened.set(slice, content);
    }
    return content;
  };
}
