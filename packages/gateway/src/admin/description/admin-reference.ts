interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly 'x-permission': string;
  readonly 'x-roles': readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, Described>>;
}

interface Described {
  readonly $ref?: string;
}

type Responses = Readonly<Record<string, { readonly 'x-codes': readonly string[] }>>;

/** What every call that takes an operator can be refused with: said once. */
const COMMON = new Set(['ACCESS_DENIED', 'INTERNAL', 'STORE_BROKEN', 'ROLE_MISSING', 'RATE_LIMITED', 'RECORD_FAILED']);
const OF_CREDENTIALS = /^(?:KEY_(?:MISSING|INVALID|EXPIRED)|TOKEN_|CERTIFICATE_|IDENTITY_UNAVAILABLE|BODY_SHAPE)/;

/** The page that tells people what `openapi.json` tells programs. @param document as `AdminDescription` makes it */
export function adminReference(document: Readonly<Record<string, unknown>>): string {
  const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const { responses } = document.components as { readonly responses: Responses };
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      rowOf(`\`${path}\` | ${method.toUpperCase()}`, operation, responses),
    ),
  );
  return `${HEAD}${rows.sort().join('\n')}\n`;
}

function rowOf(where: string, operation: Operation, refusals: Responses): string {
  const { operationId, summary, parameters = [], responses } = operation;
  const query = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, required }) => (required ? name : `${name}?`));
  const codes = Object.values(responses).flatMap(
    ({ $ref = '' }) => refusals[$ref.split('/').at(-1) ?? '']?.['x-codes'] ?? [],
  );
  const own = [...new Set(codes)].filter((code) => !COMMON.has(code) && !OF_CREDENTIALS.test(code));
  const cells = [
    where,
    `\`${operationId}\``,
    summary,
    operation['x-permission'],
    operation['x-roles'].join(', '),
    query.join(', '),
    own.map((code) => `\`${code}\``).join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

const HEAD = `# The admin API

Every call, made of what the server reads requests with. [The description in OpenAPI 3.1](admin-api.json) has the schemas of bodies and answers too; a gateway gives it
at \`/api/v1/openapi.json\`. How to use it is in [the guide](../guides/operators.md#calling-the-admin-api).

Beside what stands in the last column, every call can be refused with \`BODY_SHAPE\` (400), what is wrong with a credential (401), \`ACCESS_DENIED\` and \`ROLE_MISSING\` (403),
\`RATE_LIMITED\` (429), \`INTERNAL\` and \`STORE_BROKEN\` (500), \`RECORD_FAILED\` and \`IDENTITY_UNAVAILABLE\` (503). \`takeDecision\` takes a signature in the place of an operator.

| path | method | operation | what | permission | roles | query | refused with |
| --- | --- | --- | --- | --- | --- | --- | --- |
`;
