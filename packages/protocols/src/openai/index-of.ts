import { isNull, type JsonNode, memberOf } from '@sallyport/wire';

/**
 * The number under which an element of a list goes on in later events: what its `index` says, else its position.
 * @returns `undefined` for an `index` that is no whole number from 0 on: clients differ in which element `"1"` or `0.5` is
 */
export function indexOf(element: JsonNode, position: number): number | undefined {
  const index = memberOf(element, 'index');
  if (index === undefined || isNull(index)) return position;
  return index.kind === 'number' && Number.isSafeInteger(index.value) && index.value >= 0 ? index.value : undefined;
}
