import { VENDOR_KINDS, VENDORS } from '../providers/vendors.ts';
import { configJsonSchema, type SchemaNode } from './issues.ts';
import { OVERRIDES, VARIABLES } from './overrides.ts';

/**
 * The page `docs/reference/configuration.md`, made from the schema itself: options with unit, range and default,
 * then variables and command-line options. Ends with a line break.
 */
export function configReference(): string {
  const sections: string[] = [
    HEAD,
    '## Options\n',
    TABLE_HEAD,
    ...rows(configJsonSchema(), ''),
    '',
    ...vendorLines(),
    ...overrideLines(),
    ...variableLines(),
  ];
  return `${sections.join('\n')}\n`;
}

const HEAD = `# Configuration

<!-- Made from packages/runtime/src/config/schema.ts: edit that, then \`npx vitest run packages/runtime/src/config -u\`. -->

Sallyport needs no configuration. What it reads, the first that says something wins: an option of the command line, an
environment variable, the file \`sallyport.yaml\`, the default below. Every mistake in the file is reported with its line and
column, all of them at once; \`sallyport check\` reads the file without starting anything. \`sallyport.example.yaml\` is a file to
start from.

Secrets never stand in the file: \`key\` and \`token\` name an environment variable (\`env\`) or a file (\`file\`). Relative paths
in the file are relative to it; those of the command line and the environment to the working folder.
`;

const TABLE_HEAD = '| option | what it does | values | default |\n| --- | --- | --- | --- |';

function rows(node: SchemaNode, path: string): readonly string[] {
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([key, child]) =>
      optionRows(child, path === '' ? key : `${path}.${key}`, node),
    );
  }
  if (typeof node.additionalProperties === 'object') return rows(node.additionalProperties, `${path}.<name>`);
  if (node.items !== undefined) return rows(node.items, `${path}[]`);
  const alternatives = node.oneOf ?? node.anyOf ?? [];
  return alternatives.flatMap((alternative) => {
    const kind = alternative.properties?.kind?.const;
    return rows(alternative, kind === undefined ? path : `${path} (${String(kind)})`);
  });
}

function optionRows(node: SchemaNode, path: string, parent: SchemaNode): readonly string[] {
  const inner = rows(node, path);
  const section = inner.length > 0 && node.type === 'object' && node.additionalProperties === false;
  const cells = [
    `\`${path}\``,
    node.description ?? '',
    section ? '' : values(node),
    section ? '' : fallback(node, path, parent),
  ];
  return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`, ...inner];
}

function values(node: SchemaNode): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  const unit = node.unit === undefined ? '' : ` ${node.unit}`;
  switch (node.type) {
    case 'integer':
    case 'number':
      return node.unit === '0..1' ? '0 to 1' : `${range(node.minimum, node.maximum)}${unit}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list of ${range(node.minItems ?? 0, node.maxItems)}${elements(node.items)}`;
    case 'string':
      return node.maxLength === undefined ? 'text' : `text of ${range(node.minLength ?? 0, node.maxLength)} characters`;
    default:
      return 'mapping';
  }
}

function elements(items: SchemaNode | undefined): string {
  return items?.enum === undefined ? '' : `: ${items.enum.map(code).join(', ')}`;
}

function range(min: number | undefined, max: number | undefined): string {
  return max === undefined ? `${min ?? 0} or more` : `${grouped(min ?? 0)} to ${grouped(max)}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function fallback(node: SchemaNode, path: string, parent: SchemaNode): string {
  if (node.default === undefined || (typeof node.default === 'object' && node.properties !== undefined)) {
    const key = path.split('.').pop() ?? '';
    return parent.required?.includes(key) ? 'required' : 'none';
  }
  return Array.isArray(node.default) && node.default.length > 2 && node.items?.enum?.length === node.default.length
    ? 'all'
    : code(typeof node.default === 'object' ? JSON.stringify(node.default) : node.default);
}

function code(value: unknown): string {
  return value === '' ? 'empty' : `\`${String(value)}\``;
}

function vendorLines(): readonly string[] {
  const lines = VENDOR_KINDS.map((kind) => {
    const { protocols, baseUrl, env } = VENDORS[kind];
    const cells = [kind, Object.keys(protocols), baseUrl, env].map((cell) =>
      cell === undefined ? '' : [cell].flat().map(code).join(', '),
    );
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '## Kinds of providers\n',
    'A request goes only to a provider that speaks its protocol; one protocol is never translated into another. `demo` speaks all of them. Any other server that speaks one of these protocols is a provider of the kind with that protocol, at its own `baseUrl`.\n',
    '| kind | protocols | address | variable of its key |\n| --- | --- | --- | --- |',
    ...lines,
    '',
  ];
}

function overrideLines(): readonly string[] {
  const lines = OVERRIDES.map(({ flag, variable, replaces }) => `| \`${flag}\` | \`${variable}\` | \`${replaces}\` |`);
  return [
    '## Options that a start may override\n',
    '| command line | environment | in place of |\n| --- | --- | --- |',
    ...lines,
    '',
  ];
}

function variableLines(): readonly string[] {
  const lines = Object.entries(VARIABLES).map(([variable, about]) => `| \`${variable}\` | ${about} |`);
  const note =
    'A port variable of the form `tcp://...`, which Kubernetes sets for a service named `sallyport`, is ignored. An unknown variable that looks like a mistyped one is a warning.';
  return ['## Environment variables\n', '| variable | what it holds |\n| --- | --- |', ...lines, '', note];
}
