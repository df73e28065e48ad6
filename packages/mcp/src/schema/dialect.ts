/** How one draft of JSON Schema reads what others read in another way. */
export interface Dialect {
  /** Keywords of other drafts, which this one takes for annotations. */
  readonly unknown: ReadonlySet<string>;
  /** A `$ref` stands alone: what is written beside it counts for nothing. */
  readonly refAlone: boolean;
  /** Items that `contains` found count as evaluated. */
  readonly containsMarks: boolean;
  /** An `$id` of `#name` is an anchor. */
  readonly idAnchors: boolean;
}

const SINCE_2020 = ['prefixItems', '$dynamicRef', '$dynamicAnchor'];
const SINCE_2019 = [
  'unevaluatedItems',
  'unevaluatedProperties',
  'dependentRequired',
  'dependentSchemas',
  'minContains',
  'maxContains',
  '$anchor',
];

/** What counts where a schema doesn't say: the specification of MCP names it. */
export const DRAFT_2020: Dialect = { unknown: new Set(), refAlone: false, containsMarks: true, idAnchors: false };
const DRAFT_2019: Dialect = {
  unknown: new Set(SINCE_2020),
  refAlone: false,
  containsMarks: false,
  idAnchors: false,
};
const DRAFT_07: Dialect = {
  unknown: new Set([...SINCE_2019, ...SINCE_2020]),
  refAlone: true,
  containsMarks: false,
  idAnchors: true,
};

/** By the `$schema` that names it, without an empty fragment. */
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['https://json-schema.org/draft/2020-12/schema', DRAFT_2020],
  ['https://json-schema.org/draft/2019-09/schema', DRAFT_2019],
  ['http://json-schema.org/draft-07/schema', DRAFT_07],
  ['https://json-schema.org/draft-07/schema', DRAFT_07],
]);

/** The dialect that a `$schema` names, or `undefined` where it is none that is known. */
export function dialectOf(name: unknown): Dialect | undefined {
  if (name === undefined) return DRAFT_2020;
  return typeof name === 'string' ? DIALECTS.get(name.replace(/#$/, '')) : undefined;
}
