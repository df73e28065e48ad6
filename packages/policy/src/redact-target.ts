import { type Category, type GuardContext, isCategory, reaches } from '@sallyport/core';

/** One entry of `@redact("personal-data, secrets>=700, type:email")`: which findings are redacted. */
export interface RedactTarget {
  readonly by: 'category' | 'type';
  readonly name: string;
  /** Lowest score that is redacted, 0..1000, default 0. */
  readonly minRisk: number;
}

/** Reads an `@redact` annotation; `unknown` names the first entry that is none. */
export function parseRedactTargets(
  annotation: string,
  types: ReadonlySet<string>,
): readonly RedactTarget[] | { readonly unknown: string } {
  const targets: RedactTarget[] = [];
  for (const entry of annotation.split(',').map((part) => part.trim())) {
    const target = parseEntry(entry, types);
    if (target === undefined) return { unknown: entry };
    targets.push(target);
  }
  return targets;
}

function parseEntry(entry: string, types: ReadonlySet<string>): RedactTarget | undefined {
  const [subject = '', threshold, ...rest] = entry.split('>=').map((part) => part.trim());
  if (rest.length > 0) return undefined;
  if (threshold !== undefined && !/^\d{1,4}$/.test(threshold)) return undefined;
  const minRisk = Number(threshold ?? 0);
  if (minRisk > 1000) return undefined;
  if (!subject.startsWith('type:')) return isCategory(subject) ? { by: 'category', name: subject, minRisk } : undefined;
  const name = subject.slice('type:'.length).trim();
  return types.has(name) ? { by: 'type', name, minRisk } : undefined;
}

/** Whether a finding is one that a policy's `@redact` names. */
export function isTargeted(finding: GuardContext['findings'][number], targets: readonly RedactTarget[]): boolean {
  return targets.some((target) => matches(target, finding) && reaches(finding.score, target.minRisk));
}

function matches(target: RedactTarget, finding: { readonly category: Category; readonly type: string }): boolean {
  return target.name === (target.by === 'category' ? finding.category : finding.type);
}
