import {
  type Destination,
  type Detector,
  type Fault,
  type Flow,
  fitsAny,
  type House,
  type Inspector,
  type ModelJudge,
  type ReceiptLine,
  TOOL_INTEGRITY,
  type ToolVetter,
  type Upstreams,
} from '@sallyport/core';
import type { RouteConfig } from './config/index.ts';

/** Longest model name that is looked up, characters. */
export const MODEL_MAX_CHARS = 256;

export interface DestinationParts {
  readonly routes: readonly RouteConfig[];
  readonly detectors: readonly Pick<Detector, 'id' | 'version'>[];
  /** For routes where it is not switched off. */
  readonly vetter: ToolVetter;
  /** What of the judge is on for a route. */
  readonly judgeFor: (route: RouteConfig) => ModelJudge | undefined;
  readonly inspectorFor: (route: RouteConfig) => Inspector;
  readonly flowFor: (route: RouteConfig, inspector: Inspector) => Flow;
  readonly upstreamsFor: (route: RouteConfig) => Upstreams;
}

/** Where each model name leads: the first route that takes it, with its own detectors, bounds and form of a block. */
export function createDestinations(parts: DestinationParts): Pick<House, 'destination' | 'passage' | 'routeNamed'> {
  const routes = routesOf(parts);
  const byName = new Map(routes.map(({ destination }) => [destination.route, destination]));
  const firstOf = (protocol: string, which: (route: Route) => boolean) =>
    routes.find((route) => which(route) && route.protocols.has(protocol) && speaks(route.destination, protocol))
      ?.destination;
  return {
    destination: ({ model, protocol }) => {
      // What no model answers goes where any model would go, else to the first route that knows the protocol.
      if (model === undefined) return firstOf(protocol, takesAny) ?? firstOf(protocol, () => true) ?? MISMATCH;
      if (model.length > MODEL_MAX_CHARS) return UNKNOWN;
      let known = false;
      for (const { models, protocols, destination } of routes) {
        if (!fitsAny(models, model)) continue;
        // A later route might lead elsewhere than the operator meant this model to go.
        if (protocols.has(protocol)) return speaks(destination, protocol) ? destination : MISMATCH;
        known = true;
      }
      return known ? MISMATCH : UNKNOWN;
    },
    passage: (protocol) => firstOf(protocol, ({ passes }) => passes),
    routeNamed: (route) => byName.get(route),
  };
}

const UNKNOWN: Fault = { fault: 'UNKNOWN_MODEL' };
const MISMATCH: Fault = { fault: 'PROTOCOL_MISMATCH' };

function speaks({ upstreams }: Destination, protocol: string): boolean {
  return upstreams.speaking(protocol).length > 0;
}

function takesAny({ models }: Route): boolean {
  return fitsAny(models, '');
}

interface Route extends Pick<RouteConfig, 'models'> {
  readonly protocols: ReadonlySet<string>;
  readonly passes: boolean;
  readonly destination: Destination;
}

function routesOf({
  routes,
  detectors,
  vetter: office,
  inspectorFor,
  judgeFor,
  flowFor,
  upstreamsFor,
}: DestinationParts): readonly Route[] {
  return routes.map((route) => {
    const inspector = inspectorFor(route);
    const parts = {
      ...guardsOf(route, detectors, office),
      inspector,
      judge: judgeFor(route),
      flow: flowFor(route, inspector),
      upstreams: upstreamsFor(route),
    };
    const destination = destinationOf(route, parts);
    const passes = route.uninspected === 'pass';
    return { models: route.models, protocols: new Set(route.protocols), passes, destination };
  });
}

/** What settings of detectors say: which are off, what it means when one breaks, whether tools are vetted. */
export function guardsOf(
  settings: Pick<RouteConfig, 'detectors'>,
  detectors: DestinationParts['detectors'],
  office: ToolVetter,
): Pick<Destination, 'vetter' | 'switchedOff' | 'postureOf'> {
  const isOff = (id: string) => settings.detectors[id]?.enabled === false;
  return {
    vetter: isOff(TOOL_INTEGRITY) ? undefined : office,
    switchedOff: detectors.filter(({ id }) => isOff(id)).map(switchedOffLine),
    postureOf: (detector) => settings.detectors[detector]?.posture ?? 'closed',
  };
}

function switchedOffLine({ id, version }: Pick<Detector, 'id' | 'version'>): ReceiptLine {
  return { detector: id, version, status: 'skipped', reason: 'switched-off', segments: 0 };
}

function destinationOf(
  route: RouteConfig,
  parts: Pick<Destination, 'inspector' | 'judge' | 'flow' | 'upstreams' | 'vetter' | 'switchedOff' | 'postureOf'>,
): Destination {
  const { name, blockForm, continuation, hold, approvalHoldMs, dataSource } = route;
  return {
    route: name,
    blockForm,
    continuation,
    hold,
    approvalHoldMs,
    ...(dataSource !== undefined && { dataSource }),
    ...parts,
  };
}
