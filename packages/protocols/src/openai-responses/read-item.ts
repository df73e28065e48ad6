import type { Fault, Role, SliceContent, Unseen } from '@sallyport/core';
import { isNull, type JsonMember, type JsonNode, type JsonObject, stringOf } from '@sallyport/wire';
import { isPlainName } from '../fields.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { MemberTexts } from '../request/member-texts.ts';
import { readSchema } from '../request/read-schema.ts';
import { type OpenedSlice, TextCollector } from '../request/text-collector.ts';
import { pointerToken } from '../walk-texts.ts';
import { fields } from './fields.ts';
import { callKind, definesTools, isResult, isToolOutput } from './item-kinds.ts';

export const members = new MemberTexts(fields);

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
]);

/** What the known part types carry besides text. */
const PARTS: ReadonlyMap<string, Unseen['kind'] | 'text'> = new Map([
  ['input_text', 'text'],
  ['output_text', 'text'],
  ['text', 'text'],
  ['refusal', 'text'],
  ['reasoning_text', 'text'],
  ['summary_text', 'text'],
  ['input_image', 'image'],
  ['computer_screenshot', 'image'],
  ['input_audio', 'audio'],
  ['input_file', 'file'],
]);
/** Members that hold base64 without saying so in a `data:` prefix. */
const PAYLOADS: ReadonlySet<string> = new Set(['data', 'file_data', 'result']);

/** Every text of one item of the input; a text in the place of the list is one message of the user. */
export function readItem({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind === 'string') {
    const out = collectorFor(parsed, 'user');
    out.add(node, 'input');
    return out.content();
  }
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  if (node.members.some(({ key }) => fields.isDisguised(key.value))) return { fault: 'BODY_SHAPE' };
  const type = stringOf(node, 'type') ?? 'message';
  const role = roleOf(node, type);
  const tool = stringOf(node, 'name') ?? callKind(type)?.tool ?? stringOf(node, 'server_label');
  const own = collectorFor(parsed, role, role === 'tool' || role === 'definition' ? tool : undefined);
  const results = collectorFor(parsed, 'tool', tool);
  for (const { key, value } of node.members) {
    if (!isPlainName(key.value)) own.add(key, 'key');
    const fault = readMember({ key, value }, { type, tool, own, results });
    if (fault !== undefined) return fault;
  }
  const [mine, theirs] = [own.content(), results.content()];
  return { segments: [...mine.segments, ...theirs.segments], unseen: [...mine.unseen, ...theirs.unseen] };
}

interface ReadingItem {
  readonly type: string;
  readonly tool: string | undefined;
  readonly own: TextCollector;
  /** For what a tool of the provider's own answered. */
  readonly results: TextCollector;
}

function readMember({ key, value }: JsonMember, { type, tool, own, results }: ReadingItem): Fault | undefined {
  const name = key.value;
  const path = `/${pointerToken(name)}`;
  const call = callKind(type);
  if (name === 'content' || name === 'summary') return readContent(value, name, own);
  if (name === 'output' && isToolOutput(type)) return readContent(value, name, own);
  if (call !== undefined && name === call.args) {
    if (value.kind === 'string' && call.custom !== true) own.addJson(value, 'arguments', tool);
    else members.addAt(value, { field: 'arguments', path, tool }, own);
  } else if (call !== undefined && isResult(name)) return readContent(value, name, results);
  else if (name === 'result' && type === 'image_generation_call' && !isNull(value)) {
    own.see('image', path, own.bytesOf(value));
  } else if (definesTools(type) && name === 'tools') readSchema(value, 'definition', own);
  else members.add(value, name, own);
  return undefined;
}

/** A text, or a list of typed parts. */
function readContent(content: JsonNode, field: string, out: TextCollector): Fault | undefined {
  if (isNull(content)) return undefined;
  if (content.kind === 'string') {
    out.add(content, field);
    return undefined;
  }
  if (content.kind !== 'array') {
    members.addAt(content, { field, path: `/${field}` }, out);
    return undefined;
  }
  for (const [index, part] of content.items.entries()) {
    const path = `/${field}/${index}`;
    if (part.kind === 'object') readPart(part, path, out);
    else if (part.kind === 'string') out.add(part, field);
    else return { fault: 'BODY_SHAPE', at: path };
  }
  return undefined;
}

function readPart(part: JsonObject, path: string, out: TextCollector): void {
  const type = stringOf(part, 'type');
  // Results of tools are lists of objects without a type of their own: all of it is text.
  const kind = type === undefined ? 'text' : (PARTS.get(type) ?? 'unknown');
  members.addPart(part, { path, kind: kind === 'unknown' && isTextual(type) ? 'text' : kind, payloads: PAYLOADS }, out);
}

/** Parts of tools' results that hold text and nothing else. */
function isTextual(type: string | undefined): boolean {
  return type === 'logs' || type === 'shell_call_output_content' || type === 'stdout' || type === 'stderr';
}

function roleOf(item: JsonObject, type: string): Role {
  if (isToolOutput(type)) return 'tool';
  if (definesTools(type)) return 'definition';
  if (callKind(type) !== undefined || type === 'reasoning' || type === 'compaction') return 'assistant';
  // A role that nobody knows counts as the caller's own.
  return ROLES.get(stringOf(item, 'role') ?? '') ?? 'user';
}

function collectorFor(parsed: Omit<ParsedSlice, 'node'>, role: Role, tool?: string): TextCollector {
  const points = { tool: 'tool-result', definition: 'tool-definition' } as const;
  const point: OpenedSlice['point'] = role === 'tool' || role === 'definition' ? points[role] : 'input';
  return new TextCollector({ ...parsed, point, role, tool });
}
