import { ACCESS_ACTIONS, type AccessAction, type Principal } from '@sallyport/core';
import { REVIEWED, REVIEWED_KINDS, type ReviewedKind } from './access-usage.ts';
import type { PrincipalReview } from './review-access.ts';

const TYPES = { user: 'User', service: 'Service', agent: 'Agent' } as const;
const RESOURCES = { models: 'Model', tools: 'Tool', dataSources: 'DataSource', uninspected: 'Model' } as const;

/** Policies that leave each principal what it used, and take away what it did not: one for each kind of which something is unused. */
export function narrowingPolicies(principals: readonly PrincipalReview[]): string {
  return principals
    .flatMap((review) => REVIEWED_KINDS.flatMap((kind) => (away(review, kind) === 0 ? [] : [policy(review, kind)])))
    .join('\n');
}

function away({ unused, taken }: PrincipalReview, kind: ReviewedKind): number {
  return unused[kind].length + taken[kind].length;
}

function policy(review: PrincipalReview, kind: ReviewedKind): string {
  const { principal, used } = review;
  const actions = actionsOf(kind).map((action) => `Action::${cedarText(action)}`);
  const kept = Object.keys(used[kind]).map((id) => `resource.name == ${cedarText(id)}`);
  const about = kind === 'uninspected' ? 'what nobody reads' : `${away(review, kind)} of its ${kind}`;
  return [
    `// ${principal.kind}/${visible(principal.id)} of tenant ${visible(principal.tenant)} did not use ${about}.`,
    `@id(${cedarText(idOf(principal, kind))})`,
    'forbid (',
    `  principal == ${TYPES[principal.kind]}::${cedarText(principal.id)},`,
    `  action in [${actions.join(', ')}],`,
    `  resource is ${RESOURCES[kind]}`,
    ')',
    `when { principal.tenant == ${cedarText(principal.tenant)} }`,
    ...(kept.length === 0 ? [] : [`unless { ${kept.join(' || ')} }`]),
  ]
    .join('\n')
    .concat(';\n');
}

/** A model that is not used need not be listed. */
function actionsOf(kind: ReviewedKind): readonly AccessAction[] {
  const own = ACCESS_ACTIONS.filter(
    (action) => action in REVIEWED && new Map<string, string>(Object.entries(REVIEWED)).get(action) === kind,
  );
  return kind === 'models' ? [...own, 'list-models'] : own;
}

function idOf({ kind, id, tenant }: Principal, reviewed: ReviewedKind): string {
  return `unused-${reviewed}-${tenant}-${kind}-${id}`.replaceAll(
    /[^A-Za-z0-9._-]/g,
    (char) => `_${char.codePointAt(0)?.toString(16)}_`,
  );
}

/** A string of Cedar's: everything but visible ASCII is written as its code point. */
function cedarText(text: string): string {
  return `"${text.replaceAll(/["\\]|[^ -~]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)}"`;
}

function visible(text: string): string {
  return text.replaceAll(/[^ -~]/gu, '?');
}

/** One text in the place of another, as a unified diff; empty where they are the same. */
export function unifiedDiff(file: string, before: string | undefined, after: string): string {
  if (before === after || (before === undefined && after === '')) return '';
  const [was, is] = [linesOf(before ?? ''), linesOf(after)];
  const span = (count: number) => `${count === 0 ? 0 : 1},${count}`;
  return [
    `--- ${before === undefined ? '/dev/null' : `a/${file}`}`,
    `+++ b/${file}`,
    `@@ -${span(was.length)} +${span(is.length)} @@`,
    ...was.map((line) => `-${line}`),
    ...is.map((line) => `+${line}`),
    '',
  ].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
