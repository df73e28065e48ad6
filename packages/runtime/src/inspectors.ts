import {
  CHECKPOINTS,
  type Checkpoint,
  type Detector,
  type Inspector,
  JUDGED,
  type Role,
  SallyportError,
  TOOL_INTEGRITY,
  TOOL_INTEGRITY_TYPES,
} from '@sallyport/core';
import { CALIBRATED, createCatalogue, createCustomDetector, createInspector } from '@sallyport/detectors';
import type { Calibration } from './calibration/calibration-file.ts';
import type { Config, RouteConfig } from './config/index.ts';
import { TOOL_INTEGRITY_VERSION } from './tools/tool-office.ts';

const JUDGED_TYPES = Object.values(JUDGED).map(({ type }) => type);

/** The detectors that configuration asks for, and an inspector over them for each route. */
export interface Inspectors {
  /** With what vets tools, which is no detector but is switched, named and counted like one. */
  readonly detectors: readonly Pick<Detector, 'id' | 'version'>[];
  /** Every type of finding that they can yield. */
  readonly findingTypes: readonly string[];
  forSettings(settings: RouteConfig['detectors']): Inspector;
}

/** @throws {SallyportError} `CONFIG_INVALID` where the calibration is one of other detectors */
export function openInspectors(
  { detectors, limits, calibration }: Pick<Config, 'detectors' | 'limits' | 'calibration'>,
  fingerprint: (value: string) => string,
): Inspectors {
  const { exfiltration, intent, custom } = detectors;
  const built = createCatalogue({ allowHosts: exfiltration.allowedHosts, intent });
  const all = [...built, ...custom.map(createCustomDetector)];
  if (calibration.file !== undefined) requireSameDetectors(calibration.file, all);
  const thresholds = calibration.file?.thresholds.filter(({ status }) => status === 'calibrated') ?? [];
  /** Routes with the same detectors share one inspector: its tables are large. */
  const byDetectors = new Map<string, Inspector>();
  return {
    detectors: [...all, { id: TOOL_INTEGRITY, version: TOOL_INTEGRITY_VERSION }],
    findingTypes: [...new Set([...all.flatMap(({ types }) => types), ...TOOL_INTEGRITY_TYPES, ...JUDGED_TYPES])].sort(),
    forSettings: (settings) => {
      const key = JSON.stringify(all.map(({ id }) => settings[id]?.enabled !== false));
      const known = byDetectors.get(key);
      if (known !== undefined) return known;
      const enabled = all.filter(({ id }) => settings[id]?.enabled !== false);
      const inspector = createInspector({
        detectors: enabled,
        fingerprint,
        budgets: { callMs: limits.inspectMs },
        calibration: thresholds,
      });
      byDetectors.set(key, inspector);
      return inspector;
    },
  };
}

/** Scores of another version mean something else: a threshold on them would be one on nothing. */
function requireSameDetectors(calibration: Calibration, all: readonly Detector[]): void {
  const known = versionsOfCalibrated(all);
  const others = [...new Set([...Object.keys(known), ...Object.keys(calibration.detectors)])].filter(
    (id) => known[id] !== calibration.detectors[id],
  );
  if (others.length === 0) return;
  const detail = `\`calibration.file\` was made for another version of ${others.map((id) => `\`${id}\``).join(', ')}: run \`sallyport calibrate\` again`;
  throw new SallyportError('CONFIG_INVALID', { detail });
}

/** Versions of the detectors whose scores can be calibrated, by their ids. */
export function versionsOfCalibrated(
  detectors: readonly Pick<Detector, 'id' | 'version'>[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(detectors.filter(({ id }) => CALIBRATED.has(id)).map(({ id, version }) => [id, version]));
}

const WARM_UP_ROLES = {
  input: 'user',
  output: 'assistant',
  'tool-definition': 'definition',
  'tool-call': 'assistant',
  'tool-result': 'tool',
  ingest: 'user',
} as const satisfies Record<Checkpoint, Role>;

/** Compiles what a first question would compile, so that no client waits for it. */
export function warmUp(inspector: Inspector): void {
  for (const point of CHECKPOINTS) {
    const role = WARM_UP_ROLES[point];
    inspector.inspect('warm-up', { point, origin: { role, field: 'content' }, only: 'content' });
    inspector.inspect('warm-up', { point, origin: { role, field: 'content' } });
  }
}
