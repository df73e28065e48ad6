import type { DecidedRecord } from '@sallyport/core';
import { shareOf } from '../distribution.ts';

/** At which door calls of tools are decided: in the answer of a model, or where the tool is called. */
export const CALL_DOORS = ['model', 'tool'] as const;
export type CallDoor = (typeof CALL_DOORS)[number];

/** Calls of tools that were decided at one door. */
export interface AutonomyFigures {
  /** Went on without anybody being asked. */
  readonly alone: number;
  /** Went on because a person allowed it. */
  readonly withPerson: number;
  /** Did not go on: nobody said yes. */
  readonly unanswered: number;
  readonly blocked: number;
  /** Of those that went on, which did so alone, 0..1. */
  readonly autonomy?: number;
}

/** Counts which tool calls went on by themselves. */
export class AutonomyCounts {
  readonly #doors = { model: calls(), tool: calls() };

  /** @returns whether it went on alone, with a person, or not at all */
  take({ effect, approval, resource }: DecidedRecord): keyof ReturnType<typeof calls> {
    const door = this.#doors[resource?.kind === 'tool' ? 'tool' : 'model'];
    const fate = fateOfCall(effect, approval?.status);
    door[fate] += 1;
    return fate;
  }

  report(): Readonly<Record<CallDoor, AutonomyFigures>> {
    return { model: figuresOf(this.#doors.model), tool: figuresOf(this.#doors.tool) };
  }
}

function calls() {
  return { alone: 0, withPerson: 0, unanswered: 0, blocked: 0 };
}

function fateOfCall(
  effect: DecidedRecord['effect'],
  status: NonNullable<DecidedRecord['approval']>['status'] | undefined,
): keyof ReturnType<typeof calls> {
  if (effect === 'block') return status === 'denied' || status === 'crowded' ? 'unanswered' : 'blocked';
  if (status === 'granted') return 'withPerson';
  return effect === 'ask' || status !== undefined ? 'unanswered' : 'alone';
}

function figuresOf(counts: ReturnType<typeof calls>): AutonomyFigures {
  const autonomy = shareOf(counts.alone, counts.alone + counts.withPerson);
  return { ...counts, ...(autonomy !== undefined && { autonomy }) };
}
