import type { WireEvent } from './protocol.ts';

/** How many events of the wire this is. */
export function eventCount({ run }: WireEvent): number {
  return run?.count ?? 1;
}

/** The events of a run, one by one; any other event is one already. Cost: O(count). */
export function oneByOne(event: WireEvent): readonly WireEvent[] {
  const events: WireEvent[] = [];
  let rest = event;
  while (rest.run !== undefined) {
    const [first, others] = rest.run.part(1);
    events.push(first);
    rest = others;
  }
  events.push(rest);
  return events;
}
