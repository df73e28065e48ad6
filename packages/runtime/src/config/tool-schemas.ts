import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { routeOf } from '../mcp/wall/guarded-server.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';

/** Bytes of a file of tools. */
export const TOOLS_FILE_MAX_BYTES = 16_777_216;
/** Tools of one file. */
export const TOOLS_FILE_MAX_TOOLS = 1_000;
/** UTF-16 units of the name of a tool. */
const NAME_MAX_CHARS = 256;

interface ToolFileContext {
  /** Folder to which file names are relative. */
  readonly folder: string;
  readonly report: Report;
}

/** What the tools of all servers say of their arguments, JSON, by the action that policies name. What they wrote is not looked into here. */
export function resolveToolSchemas(
  servers: ConfigFile['mcp']['servers'],
  { folder, report }: ToolFileContext,
): Readonly<Record<string, string>> {
  const schemas: Record<string, string> = {};
  for (const [server, { tools: file }] of Object.entries(servers)) {
    if (file === undefined) continue;
    const read = readTools(resolve(folder, file));
    if (typeof read === 'string') report({ path: ['mcp', 'servers', server, 'tools'] }, read);
    else for (const [name, schema] of read) schemas[`${routeOf(server)}/${name}`] = schema;
  }
  return schemas;
}

/** Schemas by the names of their tools, or what is wrong with the file. */
function readTools(path: string): ReadonlyMap<string, string> | string {
  const value = jsonOf(path);
  if (value === undefined)
    return `file \`${path}\` cannot be read, or is no JSON of at most ${TOOLS_FILE_MAX_BYTES} bytes`;
  const list = isObject(value) ? value.tools : undefined;
  if (!Array.isArray(list)) return `file \`${path}\` has no list \`tools\``;
  if (list.length > TOOLS_FILE_MAX_TOOLS) return `file \`${path}\` has more than ${TOOLS_FILE_MAX_TOOLS} tools`;
  const schemas = new Map<string, string>();
  for (const [at, tool] of list.entries()) {
    const name = isObject(tool) ? tool.name : undefined;
    if (typeof name !== 'string' || name.length === 0 || name.length > NAME_MAX_CHARS) {
      return `file \`${path}\` has no name of 1 to ${NAME_MAX_CHARS} characters at \`tools[${at}]\``;
    }
    // Which of the two would be meant, nobody can tell.
    if (schemas.has(name)) return `file \`${path}\` has at \`tools[${at}]\` the name of another tool`;
    schemas.set(name, textOf(tool.inputSchema));
  }
  return schemas;
}

/** Nested deeper than can be written: no schema that a policy could name. */
function textOf(schema: unknown): string {
  try {
    return JSON.stringify(schema) ?? '';
  } catch {
    return '';
  }
}

function jsonOf(path: string): unknown {
  try {
    return statSync(path).size > TOOLS_FILE_MAX_BYTES ? undefined : JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
