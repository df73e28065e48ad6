import type { Destination, Detector, Inspector, Posture, Provider, ReceiptLine } from '@sallyport/core';
import type { Config, RouteConfig } from './config/index.ts';
import { fitsModel } from './config/index.ts';

/** Longest model name that is looked up, characters. */
export const MODEL_MAX_CHARS = 256;

export interface DestinationParts {
  readonly config: Config;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly detectors: readonly Detector[];
  readonly inspectorFor: (route: RouteConfig) => Inspector;
}

/** Where each model name leads: the first route that takes it, with its own detectors, bounds and form of a block. */
export function createDestinations({ config, providers, detectors, inspectorFor }: DestinationParts) {
  const routes = config.routes.flatMap((route) => {
    const provider = providers.get(route.provider);
    if (provider === undefined) return [];
    const switchedOff = detectors.filter(({ id }) => route.detectors[id]?.enabled === false).map(switchedOffLine);
    return [{ route, destination: destinationOf(route, provider, { inspector: inspectorFor(route), switchedOff }) }];
  });
  return (model: string): Destination | undefined => {
    if (model.length > MODEL_MAX_CHARS) return undefined;
    return routes.find(({ route }) => route.models.some((pattern) => fitsModel(pattern, model)))?.destination;
  };
}

function switchedOffLine({ id, version }: Detector): ReceiptLine {
  return { detector: id, version, status: 'skipped', reason: 'switched-off', segments: 0 };
}

function destinationOf(
  route: RouteConfig,
  provider: Provider,
  detection: Pick<Destination, 'inspector' | 'switchedOff'>,
): Destination {
  const { name, blockForm, hold, detectors } = route;
  const postureOf = (detector: string): Posture => detectors[detector]?.posture ?? 'closed';
  return { route: name, provider, blockForm, hold, groups: [], ...detection, postureOf };
}
