import { type Judge, ruleAccess } from './decide.ts';
import type { Resource, RestoreSink } from './decision.ts';

/** Asked at most once per sink, tool and exchange. In a tool call the tool is what is asked about, elsewhere the model. */
export function restorePermits(judge: Judge): (sink: RestoreSink, tool?: string) => boolean {
  const permits = new Map<string, boolean>();
  return (sink, tool) => {
    const place = `${sink} ${tool ?? ''}`;
    let permitted = permits.get(place);
    if (permitted === undefined) {
      const { principal, facts } = judge;
      const resource: Resource =
        tool === undefined
          ? judge.resource
          : { kind: 'tool', id: tool, groups: judge.directory?.toolGroups(tool) ?? [] };
      const context = { route: facts.route, protocol: facts.protocol, sink };
      permitted = ruleAccess(judge, { principal, action: 'restore', resource, context }).decision.verdict === 'allow';
      permits.set(place, permitted);
    }
    return permitted;
  };
}
