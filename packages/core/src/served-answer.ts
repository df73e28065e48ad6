import type { CallLane } from './call-lane.ts';
import type { SessionAnswer } from './sessions.ts';
import { TextLane } from './text-lane.ts';
import type { TextMark } from './text-mark.ts';
import type { WatchedLane } from './watched-lane.ts';

export interface LeftAnswer {
  readonly lanes: Iterable<WatchedLane>;
  readonly calls: readonly CallLane[];
  /** Whether it left, all of it, as it came. */
  readonly asItCame: boolean;
  /** Whether any of it left. */
  readonly left: boolean;
}

/** What a client has of an answer: nothing of one that never left, else its texts, unless something passed unseen or otherwise than it came, and its calls. */
export function servedParts({ lanes, calls, asItCame, left }: LeftAnswer): Pick<SessionAnswer, 'texts' | 'calls'> {
  const texts: TextMark[] = [];
  let known = asItCame;
  for (const { mark, passed, watch } of lanes) {
    known &&= passed === 0 && !(watch instanceof TextLane && watch.unmarked > 0);
    if (mark !== undefined && !mark.isEmpty) texts.push(mark);
  }
  const made = calls.map((call) => ({
    tool: call.lane.origin.tool ?? '',
    arguments: call.made,
    ...(call.lane.callId !== undefined && { id: call.lane.callId }),
  }));
  if (!left) return { texts: [], calls: [] };
  return { ...(known && { texts }), calls: made };
}
