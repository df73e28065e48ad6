import type { WireEvent } from '@sallyport/core';
import { isBooked } from '../answer/lane-book.ts';
import { COUNTED } from '../answer/template-set.ts';

/** The number that an event of a stream gives itself. */
export function countOf(event: WireEvent): number | undefined {
  return isBooked(event) ? event.marks.find(({ says }) => says === COUNTED)?.value : undefined;
}
