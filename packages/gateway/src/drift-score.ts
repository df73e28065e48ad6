import type { SignalRecord } from '@sallyport/core';
import { Gauge, type Registry } from 'prom-client';

/** For how long a move counts as news, milliseconds. */
export const MOVED_LATELY_MS = 3_600_000;

interface Move {
  readonly strength: number;
  readonly atMs: number;
}

/** How far each signal moved within the last hour, by what it is measured of; 0 where it did not. Names of series are no labels: they are without bound. */
export class DriftScore {
  readonly #moves = new Map<string, Move[]>();

  constructor(registry: Registry, nowMs: () => number) {
    const gauge: Gauge = new Gauge({
      name: 'sallyport_drift_score',
      help: 'how far the strongest move of a signal within the last hour went beyond what counts as one: 1 is just so far, 0 none',
      labelNames: ['signal', 'scope'],
      registers: [registry],
      collect: () => {
        for (const [key, moves] of this.#moves) {
          const [signal = '', scope = ''] = key.split('\n');
          const lately = moves.filter(({ atMs }) => nowMs() - atMs < MOVED_LATELY_MS);
          this.#moves.set(key, lately);
          gauge.set(
            { signal, scope },
            lately.reduce((most, { strength }) => Math.max(most, strength), 0),
          );
        }
      },
    });
  }

  note({ signal, scope, strength, at }: SignalRecord): void {
    const key = `${signal}\n${scope}`;
    const atMs = Date.parse(at);
    // What is older and weaker is never the strongest again.
    const stronger = (this.#moves.get(key) ?? []).filter(
      (move) => move.strength > strength && atMs - move.atMs < MOVED_LATELY_MS,
    );
    this.#moves.set(key, [...stronger, { strength, atMs }]);
  }
}
