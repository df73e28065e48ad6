import { resolve } from 'node:path';
import { readUrl } from '@sallyport/core';
import { COSIGNATURE, parseVkey } from '@sallyport/record';
import type { AuditConfig, WitnessConfig } from './config.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';

/** The audit settings with folders made absolute and witnesses' keys read. */
export function resolveAudit(
  { retention, witnesses, ...audit }: ConfigFile['audit'],
  { folder, report }: { readonly folder: string; readonly report: Report },
): AuditConfig {
  const found = witnesses.map((witness, n): WitnessConfig | undefined => {
    const path = ['audit', 'witnesses', n];
    const problem = urlProblem(witness.url);
    if (problem !== undefined) report({ path: [...path, 'url'] }, problem);
    const key = parseVkey(witness.vkey);
    if (key?.algorithm === COSIGNATURE) return { ...witness, name: key.name, url: witness.url.replace(/\/$/, '') };
    report({ path: [...path, 'vkey'] }, 'must be the key of a witness, `name+id+key`, as it prints it');
    return undefined;
  });
  const names = found.map((witness) => witness?.name);
  const twice = names.findIndex((name, n) => name !== undefined && names.indexOf(name) < n);
  if (twice !== -1)
    report({ path: ['audit', 'witnesses', twice, 'vkey'] }, 'names a witness that stands there already');
  return {
    ...audit,
    retention: retention === undefined ? undefined : { ...retention, folder: resolve(folder, retention.folder) },
    witnesses: found.filter((witness) => witness !== undefined),
  };
}

function urlProblem(text: string): string | undefined {
  const url = readUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'must be an http or https address';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  return url.hash === '' && url.search === '' ? undefined : 'must have no query and no fragment';
}
