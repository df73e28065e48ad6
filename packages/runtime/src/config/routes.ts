import { SallyportError } from '@sallyport/core';
import { createCustomDetector } from '@sallyport/detectors';
import { PROTOCOL_IDS, VENDORS } from '../providers/vendors.ts';
import type { CustomDetectorConfig, DetectorSetting, DetectorsConfig, ProviderConfig, RouteConfig } from './config.ts';
import { BUILT_IN_DETECTORS } from './detectors-schema.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { suggest } from './suggest.ts';

/** Routes with limits and detectors filled in. Without any in the file: one per provider, of the same name. */
export function resolveRoutes(
  file: ConfigFile,
  providers: Readonly<Record<string, ProviderConfig>>,
  report: Report,
): readonly RouteConfig[] {
  const base = { hold: file.limits.hold, detectors: detectorSettings(file.detectors) };
  if (file.routes === undefined) {
    return Object.values(providers).map((provider) => ({
      name: provider.name,
      models: provider.models,
      protocols: spokenBy(provider),
      provider: provider.name,
      blockForm: 'refusal',
      uninspected: 'refuse',
      ...base,
    }));
  }
  const known = Object.keys(file.providers ?? providers);
  const names = new Set<string>();
  return file.routes.map((route, index) => {
    const at = ['routes', index];
    if (names.has(route.name)) report({ path: [...at, 'name'] }, 'another route has this name');
    names.add(route.name);
    if (!known.includes(route.provider))
      report({ path: [...at, 'provider'] }, unknownMessage('provider', route.provider, known));
    const provider = Object.hasOwn(providers, route.provider) ? providers[route.provider] : undefined;
    if (provider !== undefined && !route.protocols.some((protocol) => spokenBy(provider).includes(protocol))) {
      report({ path: [...at, 'protocols'] }, `provider \`${provider.name}\` speaks none of them`);
    }
    const detectors = { ...base.detectors };
    for (const [id, override] of Object.entries(route.detectors)) {
      const setting = Object.hasOwn(detectors, id) ? detectors[id] : undefined;
      if (setting === undefined) {
        report({ path: [...at, 'detectors', id] }, unknownMessage('detector', id, Object.keys(detectors)));
      } else {
        detectors[id] = { ...setting, ...defined(override) };
      }
    }
    const { name, models, protocols, blockForm, uninspected } = route;
    return {
      name,
      models,
      protocols,
      provider: route.provider,
      blockForm,
      uninspected,
      hold: { ...base.hold, ...defined(route.hold) },
      detectors,
    };
  });
}

function spokenBy({ kind }: ProviderConfig): readonly string[] {
  return kind === 'demo' ? PROTOCOL_IDS : Object.keys(VENDORS[kind].protocols);
}

function unknownMessage(what: string, word: string, known: readonly string[]): string {
  const near = suggest(word, known);
  return near === undefined
    ? `no such ${what}; there are: ${known.map((name) => `\`${name}\``).join(', ')}`
    : `no such ${what}; did you mean \`${near}\`?`;
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** What holds for every detector, built in and custom, before a route overrides it. */
export function detectorSettings(detectors: DetectorsConfig): Record<string, DetectorSetting> {
  const builtIn = BUILT_IN_DETECTORS.map((id) => [id, settingOf(detectors[id])] as const);
  const custom = detectors.custom.map((detector) => [detector.id, settingOf(detector)] as const);
  return Object.fromEntries([...builtIn, ...custom]);
}

function settingOf({ enabled, posture }: DetectorSetting): DetectorSetting {
  return { enabled, posture };
}

/**
 * Custom detectors must not take each other's id, nor a built-in one's, and their expressions must compile.
 * Cost: compiles every expression once, milliseconds each.
 */
export function checkCustomDetectors({ custom }: DetectorsConfig, report: Report): void {
  const taken = new Set<string>(BUILT_IN_DETECTORS);
  for (const [index, detector] of custom.entries()) {
    const path = ['detectors', 'custom', index];
    if (taken.has(detector.id)) report({ path: [...path, 'id'] }, 'another detector has this id');
    taken.add(detector.id);
    const complaint = complaintAbout(detector);
    if (complaint !== undefined) report({ path }, complaint);
  }
}

function complaintAbout(detector: CustomDetectorConfig): string | undefined {
  try {
    createCustomDetector(detector);
    return undefined;
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== 'CONFIG_INVALID') throw error;
    return error.detail?.replace(/^custom detector `[^`]*`: /, '') ?? error.message;
  }
}
