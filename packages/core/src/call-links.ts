import type { FollowedCall } from './answer-parts.ts';
import type { CallFlow } from './flow-facts.ts';
import type { Memories } from './memory.ts';
import type { Owner } from './owner.ts';
import type { RecordedSession } from './sessions.ts';

/** A tool call of a model that left the gateway: whoever made the model say it may make it now. */
export interface ReleasedCall {
  readonly owner: Owner;
  /** As the model calls the tool: clients put names of servers before it. */
  readonly tool: string;
  /** JSON, as it left. */
  readonly arguments: string;
  /** What the model called it; some call several so. */
  readonly id?: string | undefined;
  /** The distributed trace in which the model was asked. */
  readonly trace?: string | undefined;
  /** Where its values came from. */
  readonly flow: CallFlow;
  /** The exchange that it left in, and the session of that. */
  readonly exchange: string;
  readonly session?: RecordedSession | undefined;
  /** Id of the approval by which a human allowed it. */
  readonly approval?: string | undefined;
}

/** Told of every call that leaves, so that the door of the tool knows what is known of its values. Synchronous, bounded. */
export interface CallLinks {
  released(call: ReleasedCall): void;
}

/** Whose calls they are. */
export interface CallOwner {
  readonly exchange: string;
  readonly owner: Owner;
  readonly trace: string | undefined;
  readonly session: () => RecordedSession | undefined;
}

/** Who is told of calls that leave. */
export interface CallListeners {
  readonly links: CallLinks | undefined;
  readonly memories: Pick<Memories, 'wrote'> | undefined;
}

/** How the calls of one answer are told. A call that was not read could be any. */
export function tellOf(
  { links, memories }: CallListeners,
  { exchange, owner, trace, session }: CallOwner,
): (call: FollowedCall, made: string, id?: string) => void {
  return ({ decided: { tool, approval }, flow }, made, id) => {
    if (flow === undefined) return;
    const granted = approval?.status === 'granted' ? approval.id : undefined;
    // The client runs the tool itself, for all that is known.
    if (flow.written !== undefined) memories?.wrote(owner, flow.written);
    const known = { flow, session: session(), approval: granted };
    links?.released({ owner, tool, arguments: made, id, trace, exchange, ...known });
  };
}
