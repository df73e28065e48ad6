import { type BaselineMix, type BaselineScope, COMPARED } from './compared-signals.ts';
import { LastTools } from './last-tools.ts';
import type { Observation } from './read-observation.ts';

type ReadKind = readonly [mix: BaselineMix, kind: string];

/** Which kinds the observations of one series are of, in the order in which they come. */
export class KindReader {
  readonly #mixes: readonly BaselineMix[];
  readonly #lastTools = new LastTools();

  constructor(scope: BaselineScope) {
    this.#mixes = COMPARED[scope].mixes;
  }

  read({ end, call, findings }: Observation): readonly ReadKind[] {
    const kinds: ReadKind[] = findings.map((finding) => ['findings', finding]);
    if (end?.finish !== undefined) kinds.push(['finish', end.finish]);
    if (call !== undefined) {
      kinds.push(['tools', call.tool], ['transitions', this.#lastTools.follow(call.session, call.tool)]);
    }
    return kinds.filter(([mix]) => this.#mixes.includes(mix));
  }
}
