import {
  type DetectedRequest,
  decideRequest,
  detectRequest,
  enforceRequest,
  type Fault,
  isFault,
  type Judge,
  type Owner,
  type RequestRuling,
  type Ruling,
  recordedPlace,
  ruleGuard,
  strongestOf,
  vetTools,
  type WholeMatter,
} from '@sallyport/core';
import { type McpMessage, type MessageAbout, patchMessage, sliceMessage } from '@sallyport/mcp';
import { MCP, type Scene, type ToolPlace, toolOf } from './guarded-server.ts';

/** A message under judgement: whose it is, and in which exchange. */
export interface MessageQuestion {
  readonly scene: Scene;
  readonly exchange: string;
  readonly about: MessageAbout;
}

/** observe, detect: every text of a message, and what its definitions were before. */
export function detectMessage(
  message: McpMessage,
  { scene, exchange, about }: MessageQuestion,
): DetectedRequest | Fault {
  const { house, server, principal, owner } = scene;
  const parsed = sliceMessage(message, about);
  const endpoint = `${MCP} ${about.from} ${about.answers?.method ?? ('method' in message ? message.method : '')}`;
  const { tenant } = principal;
  const { inspector } = server;
  // Sessions are those of models: no turn of one is noted here.
  const detected = detectRequest(parsed, { tenant, endpoint, inspector }, { ...house.detection, noteOf: undefined });
  if (isFault(detected) || server.vetter === undefined) return detected;
  // A server is one for all that use it: what one of them accepted is accepted.
  const pinned = { tenant: owner.tenant, principal: SERVER, route: server.route, protocol: server.protocol };
  const beside = scene.names.beside(owner.tenant, server.route);
  return vetTools(detected, { owner: pinned, exchange, beside }, server.vetter);
}

const SERVER: Omit<Owner, 'tenant'> = { kind: 'service', id: 'mcp' };

/** What was decided on definitions, each by itself: one that may not pass is left out, and the others go on. */
export interface DefinitionRulings {
  readonly rulings: readonly Ruling[];
  /** By the indexes of slices. */
  readonly withheld: ReadonlyMap<number, Ruling>;
  readonly redactions: RequestRuling['redactions'];
}

/** decide: on each definition in which something was found. */
export function ruleDefinitions({ slices }: DetectedRequest, judge: Judge, scene: ToolPlace): DefinitionRulings {
  const rulings: Ruling[] = [];
  const withheld = new Map<number, Ruling>();
  const redactions: RequestRuling['redactions'][number][] = [];
  for (const [at, { slice, findings, segments, uninspected, where }] of slices.entries()) {
    if (slice.kind !== 'tool-definition' || findings.length + uninspected.length === 0) continue;
    const content = slice.open();
    const name = isFault(content) ? undefined : content.definitions?.[0]?.name;
    const placed = findings.map(({ finding, places }) => {
      const field = segments[places[0]?.segment ?? 0]?.origin.field ?? 'definition';
      return { ...finding, where: recordedPlace(`${where}/${field}`) };
    });
    const ruling = ruleGuard(judge, {
      point: 'tool-definition',
      ...(name !== undefined && { resource: toolOf(scene, name) }),
      findings: placed,
      lines: uninspected,
    });
    rulings.push(ruling);
    if (ruling.decision.verdict !== 'allow') withheld.set(at, ruling);
    else redactions.push(...redactedOf({ at, ruling, findings, placed }));
  }
  return { rulings, withheld, redactions };
}

interface Redacting {
  readonly at: number;
  readonly ruling: Ruling;
  readonly findings: DetectedRequest['slices'][number]['findings'];
  readonly placed: readonly RequestRuling['redactions'][number]['finding'][];
}

function redactedOf({ at, ruling, findings, placed }: Redacting): RequestRuling['redactions'] {
  return ruling.decision.redact.flatMap((index) => {
    const [own, finding] = [findings[index], placed[index]];
    if (own === undefined || finding === undefined) return [];
    return [{ finding, places: own.places.map((place) => ({ slice: at, ...place })) }];
  });
}

/** decide: on a message as a whole; definitions are ruled on one by one. */
export function ruleMessage(detected: DetectedRequest, judge: Judge, scene: Scene): MessageRuling {
  if (!detected.slices.some(({ slice }) => slice.kind === 'tool-definition')) {
    return { ruling: decideRequest(detected, judge), withheld: NONE_WITHHELD };
  }
  const definitions = ruleDefinitions(detected, judge, scene);
  const others = detected.slices.map((each) =>
    each.slice.kind === 'tool-definition' ? { ...each, findings: [], uninspected: [] } : each,
  );
  const ruling = decideRequest({ ...detected, slices: others, across: [] }, judge);
  const effects = definitions.rulings.map(({ effect }) => effect);
  return {
    ruling: {
      ...ruling,
      effect: strongestOf([ruling.effect, ...effects]),
      rulings: [...ruling.rulings, ...definitions.rulings],
      redactions: [...ruling.redactions, ...definitions.redactions],
    },
    withheld: definitions.withheld,
  };
}

export interface MessageRuling {
  readonly ruling: RequestRuling;
  /** Slices of definitions that are left out, and why. */
  readonly withheld: ReadonlyMap<number, Ruling>;
}

const NONE_WITHHELD: MessageRuling['withheld'] = new Map();

/** enforce: placeholders for what is redacted, marks between words of what is data. */
export function enforceMessage(
  detected: DetectedRequest,
  ruling: RequestRuling,
  { house, principal }: Scene,
): WholeMatter {
  const { markerFor, pseudonyms } = house;
  const adapter = { patch: patchMessage };
  const enforcing = { adapter, placed: [], markerFor, numberOf: pseudonyms?.(principal.tenant) };
  return { detected, ruling, enforced: enforceRequest(detected, ruling, enforcing) };
}
