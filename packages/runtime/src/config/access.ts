import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProviderRegistration } from '@sallyport/core';
import { type Entities, entitiesSchema, type GrantEntity, registrationOf } from './access-schema.ts';
import type { AccessConfig, DeepReadonly } from './config.ts';
import { type ConfigProblem, formatPath, type Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { MAX_CONFIG_BYTES, parseSource } from './source.ts';

const DAY_MS = 86_400_000;

/** What configuration says of who may do what. The file of entities is read, so that what is wrong with it shows at once. */
export function resolveAccess(
  file: ConfigFile,
  { folder, report }: { readonly folder: string; readonly report: Report },
): AccessConfig {
  const { entities: named, maxGrantDays, ...own } = file.access;
  const entitiesFile = named === undefined ? undefined : resolve(folder, named);
  for (const { path, message } of grantProblems(own, maxGrantDays)) report({ path: ['access', ...path] }, message);
  if (entitiesFile !== undefined) {
    const read = readEntitiesFile(entitiesFile, maxGrantDays);
    if ('problems' in read) {
      for (const { line, column, path, message } of read.problems) {
        const at = line === undefined ? '' : `line ${line}:${column} `;
        report({ path: ['access', 'entities'] }, `${at}${path === '' ? '' : `\`${path}\` `}${message}`);
      }
    }
  }
  return { entitiesFile, maxGrantDays, entities: own, registry: registryOf(file) };
}

function registryOf(file: ConfigFile): Readonly<Record<string, ProviderRegistration>> {
  return Object.fromEntries(
    Object.entries(file.providers ?? {}).flatMap(([name, { registry }]) =>
      registry === undefined ? [] : [[name, registrationOf(registry)] as const],
    ),
  );
}

/** Reads a file of entities. Everything wrong with it is a value, with its place. */
export function readEntitiesFile(
  path: string,
  maxGrantDays: number,
): { readonly entities: Entities } | { readonly problems: readonly ConfigProblem[] } {
  return readEntities(textOf(path), { path, maxGrantDays });
}

/** The same of its text, which is `undefined` where it cannot be read. */
export function readEntities(
  text: string | undefined,
  { path, maxGrantDays }: { readonly path: string; readonly maxGrantDays: number },
): { readonly entities: Entities } | { readonly problems: readonly ConfigProblem[] } {
  if (text === undefined) {
    const message = `cannot be read as UTF-8 text of at most ${MAX_CONFIG_BYTES} bytes`;
    return { problems: [{ file: path, path: '', message }] };
  }
  const source = parseSource(text, path);
  if ('problems' in source) return source;
  const parsed = entitiesSchema.safeParse(source.value ?? {});
  const wrong = parsed.success ? grantProblems(parsed.data, maxGrantDays) : parsed.error.issues;
  if (parsed.success && wrong.length === 0) return { entities: parsed.data };
  const problems = wrong.map(({ path: at, message }) => ({
    file: path,
    ...source.locate(at),
    path: formatPath(at),
    message,
  }));
  return { problems };
}

interface Wrong {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function grantProblems({ grants }: Pick<Entities, 'grants'>, maxGrantDays: number): readonly Wrong[] {
  return Object.entries(grants).flatMap(([name, grant]) => {
    const wrong = grantProblem(grant, maxGrantDays);
    return wrong === undefined ? [] : [{ path: ['grants', name, wrong.option], message: wrong.message }];
  });
}

type Judged = 'actions' | 'resource' | 'from' | 'until' | 'requestedBy' | 'approvedBy';

/** What makes a grant none, whoever gives it. */
export function grantProblem(
  { actions, resource, from, until, requestedBy, approvedBy }: Pick<DeepReadonly<GrantEntity>, Judged>,
  maxGrantDays: number,
): { readonly option: string; readonly message: string } | undefined {
  const wrong = actions.find((action) => KINDS[action] !== resource.kind);
  if (wrong !== undefined) return { option: 'actions', message: `\`${wrong}\` is about a ${KINDS[wrong]}` };
  const ms = Date.parse(until) - Date.parse(from);
  if (ms <= 0) return { option: 'until', message: 'must be later than `from`' };
  if (ms > maxGrantDays * DAY_MS)
    return { option: 'until', message: `must be at most ${maxGrantDays} days after \`from\`` };
  if (sameName(requestedBy, approvedBy))
    return { option: 'approvedBy', message: 'must be somebody else than `requestedBy`' };
  return undefined;
}

const KINDS = {
  'use-model': 'model',
  'list-models': 'model',
  'pass-uninspected': 'model',
  'call-tool': 'tool',
  'read-data': 'data-source',
} as const satisfies Record<GrantEntity['actions'][number], GrantEntity['resource']['kind']>;

/** However it is spelt. */
function sameName(one: string, other: string): boolean {
  return plainName(one) === plainName(other);
}

function plainName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** UTF-8, of bounded size; `undefined` where it is not. */
export function textOf(path: string): string | undefined {
  try {
    if (statSync(path).size > MAX_CONFIG_BYTES) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    return undefined;
  }
}
