import { isDeepStrictEqual } from 'node:util';
import { assess, type CountedFigures, type StandingFacts } from './assess.ts';
import type { Evidence } from './evidence.ts';
import { builtInFrameworks, type Framework, parseFramework } from './framework.ts';
import { PACK_PATHS } from './pack.ts';
import { evidenceHtml } from './report-html.ts';

export type StatedProblem =
  /** The page for people is not what `evidence.json` comes to. */
  | { readonly kind: 'report-differs' }
  /** The policies in the pack are not the set that it names, or don't answer the probes as it says. */
  | { readonly kind: 'policies-differ' }
  /** What is said of the controls does not follow from the framework, the facts and the figures. */
  | { readonly kind: 'assessment-differs' }
  /** A framework that comes with the product is there under its name and version, with another text. */
  | { readonly kind: 'framework-differs'; readonly framework: string };

export interface PackedPolicies {
  /** By path below `policies/`. */
  readonly files: ReadonlyMap<string, string>;
  readonly policySet: string;
  readonly facts: StandingFacts;
}

export interface Stated {
  readonly evidence: Evidence;
  /** Counted again, where the pack has the whole log. */
  readonly figures: CountedFigures | undefined;
  /** Text of a file of the pack. */
  readonly textOf: (path: string) => Promise<string | undefined>;
  readonly policies: ReadonlyMap<string, string>;
  /** Loads policies and asks them. It may throw at facts of another shape. */
  readonly policiesHold: (packed: PackedPolicies) => boolean;
}

/**
 * Makes the report again from what it was made of, so that whoever signed the pack cannot have it say something else. Another release may
 * word things in another way: then the pack is to be checked with the one that made it.
 */
export async function statedProblems(stated: Stated): Promise<readonly StatedProblem[]> {
  const { evidence, figures, textOf, policies: files, policiesHold } = stated;
  const problems: StatedProblem[] = [];
  if (ofUnknownShape(() => evidenceHtml(evidence)) !== (await textOf(PACK_PATHS.report))) {
    problems.push({ kind: 'report-differs' });
  }
  const [frameworkText = '', factsText = ''] = [await textOf(PACK_PATHS.framework), await textOf(PACK_PATHS.facts)];
  const framework = ofUnknownShape(() => parseFramework(frameworkText, PACK_PATHS.framework));
  // Without the log nobody can tell which leaves counted.
  const counted = figures ?? { report: () => evidence.period, examples: () => [] };
  const plain = (report: unknown) =>
    JSON.stringify(report, (name, value) => (name === 'examples' && figures === undefined ? undefined : value));
  const facts = ofUnknownShape(() => JSON.parse(factsText) as StandingFacts);
  const assessed = ofUnknownShape(() => {
    if (framework === undefined || facts === undefined) return undefined;
    return plain(assess(framework, facts, counted));
  });
  const { policySet } = evidence;
  const held = ofUnknownShape(() => facts !== undefined && policiesHold({ files, policySet, facts }));
  if (held !== true) problems.push({ kind: 'policies-differ' });
  if (assessed === undefined || !isSame(assessed, plain(evidence.framework))) {
    problems.push({ kind: 'assessment-differs' });
  } else if (framework !== undefined && !isAsItComes(framework)) {
    problems.push({ kind: 'framework-differs', framework: `${framework.id}:${framework.version}` });
  }
  return problems;
}

/** Whoever signed the pack may have written anything: what cannot be made from it is not what was to be made. */
function ofUnknownShape<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function isSame(a: string, b: string | undefined): boolean {
  return b !== undefined && isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}

/** Whether it is the product's own, or none of the product's. */
function isAsItComes(framework: Framework): boolean {
  const own = builtInFrameworks().find(({ id, version }) => id === framework.id && version === framework.version);
  return own === undefined || isDeepStrictEqual(own, framework);
}
