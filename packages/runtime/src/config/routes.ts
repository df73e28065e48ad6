import { JUDGE_USES, judgeId, SallyportError } from '@sallyport/core';
import { createCustomDetector } from '@sallyport/detectors';
import { PROTOCOL_IDS, VENDORS } from '../providers/vendors.ts';
import type {
  CustomDetectorConfig,
  DetectorSetting,
  DetectorsConfig,
  JudgeConfig,
  ProviderConfig,
  RouteConfig,
} from './config.ts';
import { BUILT_IN_DETECTORS } from './detectors-schema.ts';
import { judgeSettings } from './judge-uses.ts';
import type { Report } from './problem.ts';
import { breakerSchema, retrySchema } from './routes-schema.ts';
import type { ConfigFile } from './schema.ts';
import { suggest } from './suggest.ts';

/** Routes with limits and detectors filled in. Without any in the file: one per provider, of the same name. */
export function resolveRoutes(
  file: ConfigFile,
  providers: Readonly<Record<string, ProviderConfig>>,
  report: Report,
): readonly RouteConfig[] {
  const base = {
    hold: file.limits.hold,
    approvalHoldMs: file.approvals.holdMs,
    detectors: detectorSettings(file),
  };
  if (file.routes === undefined) {
    return Object.values(providers).map((provider) => ({
      name: provider.name,
      models: provider.models,
      protocols: spokenBy(provider),
      providers: [provider.name],
      ...resilienceOf(retrySchema.parse({}), undefined, 1),
      blockForm: 'refusal',
      continuation: 'closed',
      uninspected: 'refuse',
      dataSource: undefined,
      documents: [],
      ...base,
    }));
  }
  const known = Object.keys(file.providers ?? providers);
  const names = new Set<string>();
  return file.routes.map((route, index) => {
    const at = ['routes', index];
    if (names.has(route.name)) report({ path: [...at, 'name'] }, 'another route has this name');
    names.add(route.name);
    const upstreams = providersOf(route, known, (option, message) => report({ path: [...at, ...option] }, message));
    checkSpoken(route, upstreams, { providers, report: (message) => report({ path: [...at, 'protocols'] }, message) });
    const detectors = withOverrides(base.detectors, route.detectors, (id, message) =>
      report({ path: [...at, 'detectors', id] }, message),
    );
    const { name, models, protocols, blockForm, continuation, uninspected, dataSource, documents, retry, breaker } =
      route;
    return {
      name,
      models,
      protocols,
      providers: upstreams,
      ...resilienceOf(retry, breaker, upstreams.length),
      blockForm,
      continuation,
      uninspected,
      dataSource,
      documents,
      hold: { ...base.hold, ...defined(route.hold) },
      approvalHoldMs: route.approvals.holdMs ?? base.approvalHoldMs,
      detectors,
    };
  });
}

type RouteOptions = NonNullable<ConfigFile['routes']>[number];

/** Names of the providers of a route; what is wrong with them is reported at its option. */
function providersOf(
  { provider, providers }: RouteOptions,
  known: readonly string[],
  report: (option: readonly PropertyKey[], message: string) => void,
): readonly string[] {
  if (provider !== undefined && providers !== undefined) {
    report(['providers'], 'stands beside `provider`: name one of the two');
  }
  const named = providers ?? (provider === undefined ? [] : [provider]);
  if (named.length === 0) report(['provider'], 'is required');
  for (const [index, name] of named.entries()) {
    const option = providers === undefined ? ['provider'] : ['providers', index];
    if (!known.includes(name)) report(option, unknownMessage('provider', name, known));
    if (named.indexOf(name) < index) report(option, 'stands here twice');
  }
  return named;
}

interface SpokenContext {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly report: (message: string) => void;
}

/** A route that could never be taken is a mistake. */
function checkSpoken(
  { protocols }: RouteOptions,
  names: readonly string[],
  { providers, report }: SpokenContext,
): void {
  const found = names.flatMap((name) => (Object.hasOwn(providers, name) ? (providers[name] ?? []) : []));
  if (found.length === 0 || found.length < names.length) return;
  const spoken = new Set(found.flatMap(spokenBy));
  if (protocols.some((protocol) => spoken.has(protocol))) return;
  const quoted = names.map((name) => `\`${name}\``).join(', ');
  report(names.length === 1 ? `provider ${quoted} speaks none of them` : `providers ${quoted} speak none of them`);
}

/** A circuit breaker that nobody asked for makes sense only where there is somebody else to ask. */
function resilienceOf(
  retry: RouteOptions['retry'],
  breaker: RouteOptions['breaker'],
  providers: number,
): Pick<RouteConfig, 'retry' | 'breaker'> {
  return {
    retry: { ...retry, tries: retry.tries ?? Math.max(TRIES, providers) },
    breaker: breaker ?? (providers > 1 ? breakerSchema.parse({}) : undefined),
  };
}

/** Calls of one provider in all, where configuration does not say. */
const TRIES = 2;

/** Ids of the protocols that a provider speaks. */
export function spokenBy({ kind }: ProviderConfig): readonly string[] {
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

/** What holds for every detector, built in and custom, and for every use of the judge, before a route overrides it. */
export function detectorSettings({ detectors, judge }: Settled): Record<string, DetectorSetting> {
  const builtIn = BUILT_IN_DETECTORS.map((id) => [id, settingOf(detectors[id])] as const);
  const custom = detectors.custom.map((detector) => [detector.id, settingOf(detector)] as const);
  return Object.fromEntries([...builtIn, ...custom, ...judgeSettings(judge)]);
}

type DetectorOverrides = RouteOptions['detectors'];

/** What holds where a route, or an MCP server, says something else of some; an id that nobody knows is reported. */
export function withOverrides(
  base: Readonly<Record<string, DetectorSetting>>,
  overrides: DetectorOverrides,
  report: (id: string, message: string) => void,
): Record<string, DetectorSetting> {
  const detectors = { ...base };
  for (const [id, override] of Object.entries(overrides)) {
    const setting = Object.hasOwn(detectors, id) ? detectors[id] : undefined;
    if (setting === undefined) report(id, unknownMessage('detector', id, Object.keys(detectors)));
    else detectors[id] = { ...setting, ...defined(override) };
  }
  return detectors;
}

interface Settled {
  readonly detectors: DetectorsConfig;
  readonly judge?: JudgeConfig | undefined;
}

function settingOf({ enabled, posture }: DetectorSetting): DetectorSetting {
  return { enabled, posture };
}

/**
 * Custom detectors must not take each other's id, nor a built-in one's, and their expressions must compile.
 * Cost: compiles every expression once, milliseconds each.
 */
export function checkCustomDetectors({ custom }: DetectorsConfig, report: Report): void {
  const taken = new Set<string>([...BUILT_IN_DETECTORS, ...JUDGE_USES.map(judgeId)]);
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
