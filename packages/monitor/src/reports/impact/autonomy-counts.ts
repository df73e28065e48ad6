import { BoundedCache, type DecidedRecord } from '@sallyport/core';
import { shareOf } from '../distribution.ts';

/** At which door calls of tools are decided: in the answer of a model, or where the tool is called. */
export const CALL_DOORS = ['model', 'tool'] as const;
export type CallDoor = (typeof CALL_DOORS)[number];

/** Questions that are open, and remembered so that a call that is tried again counts once. */
export const PENDING_MAX = 10_000;

/** Calls of tools that were decided at one door. */
export interface AutonomyFigures {
  /** Went on without anybody being asked. */
  readonly alone: number;
  /** Went on because a person allowed it. */
  readonly withPerson: number;
  /** Did not go on yet: somebody is asked. A call that is tried again meanwhile is one. */
  readonly pending: number;
  /** Did not go on: nobody said yes. */
  readonly unanswered: number;
  readonly blocked: number;
  /** Of those that went on, which did so alone, 0..1. */
  readonly autonomy?: number;
}

/** Counts which tool calls went on by themselves. */
export class AutonomyCounts {
  readonly #doors = { model: calls(), tool: calls() };
  readonly #pending = new BoundedCache<CallDoor>({ maxEntries: PENDING_MAX, maxWeight: PENDING_MAX });

  /** @returns at which door, and whether it went on alone, with a person, or not at all */
  take({ effect, approval, resource }: DecidedRecord): { readonly door: CallDoor; readonly fate: CallFate } {
    const door = resource?.kind === 'tool' ? 'tool' : 'model';
    const fate = fateOfCall(effect, approval?.status);
    const id = approval !== undefined && 'id' in approval ? `${door} ${approval.id}` : undefined;
    const wasPending = id !== undefined && this.#pending.get(id) !== undefined;
    if (wasPending && fate !== 'pending') {
      this.#doors[door].pending -= 1;
      this.#pending.delete(id);
    }
    if (wasPending && fate === 'pending') return { door, fate };
    if (id !== undefined && fate === 'pending') this.#pending.set(id, door, 1);
    this.#doors[door][fate] += 1;
    return { door, fate };
  }

  report(): Readonly<Record<CallDoor, AutonomyFigures>> {
    return { model: figuresOf(this.#doors.model), tool: figuresOf(this.#doors.tool) };
  }
}

function calls() {
  return { alone: 0, withPerson: 0, pending: 0, unanswered: 0, blocked: 0 };
}

type CallFate = keyof ReturnType<typeof calls>;

function fateOfCall(
  effect: DecidedRecord['effect'],
  status: NonNullable<DecidedRecord['approval']>['status'] | undefined,
): CallFate {
  if (status === 'pending') return 'pending';
  if (effect === 'block') return status === 'denied' || status === 'crowded' ? 'unanswered' : 'blocked';
  if (status === 'granted') return 'withPerson';
  return effect === 'ask' || status !== undefined ? 'unanswered' : 'alone';
}

function figuresOf(counts: ReturnType<typeof calls>): AutonomyFigures {
  const autonomy = shareOf(counts.alone, counts.alone + counts.withPerson);
  return { ...counts, ...(autonomy !== undefined && { autonomy }) };
}
