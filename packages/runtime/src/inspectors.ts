import type { Detector, Inspector } from '@sallyport/core';
import { createCatalogue, createInspector } from '@sallyport/detectors';
import type { Config, RouteConfig } from './config/index.ts';

/** The detectors that configuration asks for, and an inspector over them for each route. */
export interface Inspectors {
  readonly detectors: readonly Detector[];
  /** Every type of finding that they can yield. */
  readonly findingTypes: readonly string[];
  forSettings(settings: RouteConfig['detectors']): Inspector;
}

export function openInspectors(
  { detectors, limits }: Pick<Config, 'detectors' | 'limits'>,
  fingerprint: (value: string) => string,
): Inspectors {
  const { exfiltration } = detectors;
  const all = [...createCatalogue({ allowHosts: exfiltration.allowedHosts })];
  return {
    detectors: all,
    findingTypes: [...new Set(all.flatMap(({ types }) => types))].sort(),
    forSettings: (settings) => {
      const enabled = all.filter(({ id }) => settings[id]?.enabled !== false);
      return createInspector({ detectors: enabled, fingerprint, budgets: { callMs: limits.inspectMs } });
    },
  };
}
