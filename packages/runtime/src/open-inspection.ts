import { randomBytes } from 'node:crypto';
import type { Inspector, Judge, Posture, RequestContext } from '@sallyport/core';
import type { PolicyProblem } from '@sallyport/policy';
import { createFingerprinter } from '@sallyport/text';
import { type Config, detectorSettings } from './config/index.ts';
import { openInspectors } from './inspectors.ts';
import { loadPolicies } from './load-policies.ts';

/** Detection and decision without a gateway around them: what commands run texts through. */
export interface Inspection {
  readonly inspector: Inspector;
  /** Asks as a service of no group, for a model of no name. */
  readonly judge: Judge;
  /** A request with the configured canaries and nothing else in it. */
  readonly emptyRequest: RequestContext;
}

/**
 * The detectors and guard policies of the configuration, as the gateway uses them where no route overrides them.
 * Fingerprints are keyed for this process alone: they lead nowhere.
 */
export function openInspection(config: Config): Inspection | { readonly problems: readonly PolicyProblem[] } {
  const inspectors = openInspectors(config, createFingerprinter(randomBytes(32)));
  const loaded = loadPolicies(config.policies, inspectors.findingTypes);
  if (!loaded.ok) return { problems: loaded.problems };
  const settings = detectorSettings(config);
  const postureOf = (detector: string): Posture => settings[detector]?.posture ?? 'closed';
  return {
    inspector: inspectors.forSettings(settings),
    judge: {
      engine: loaded.engine,
      principal: { kind: 'service', id: 'command', tenant: 'default', groups: [] },
      resource: { kind: 'model', id: 'none', groups: [] },
      facts: { protocol: 'none', route: 'none', model: 'none', stream: false, tools: [], messages: 1, bodyBytes: 0 },
      postureOf,
    },
    emptyRequest: { instructions: [], definitions: [], canaries: config.detectors['context-leak'].canaries },
  };
}

/** Every type of finding that the configured detectors can yield: what policies may name. */
export function findingTypesOf(config: Config): readonly string[] {
  return openInspectors(config, () => '').findingTypes;
}
