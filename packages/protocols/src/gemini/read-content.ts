import type { Checkpoint, Fault, Role, SliceContent } from '@sallyport/core';
import { isPlainName, TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { isDisguised } from './fields.ts';
import { members, readParts } from './read-parts.ts';
import { memberIn, stringIn } from './spelling.ts';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['user', 'user'],
  ['model', 'assistant'],
  ['function', 'tool'],
]);

/** Every text of one content of the conversation. A role that nobody knows counts as the caller's own, as none does. */
export function readContent(parsed: ParsedSlice): SliceContent | Fault {
  const claimed = stringIn(parsed.node, 'role');
  const role = ROLES.get(claimed ?? 'user');
  const point = role === 'tool' ? 'tool-result' : 'input';
  return readAs(parsed, { point, role: role ?? 'user', claims: role !== undefined });
}

/** The instructions: a content whose role says nothing, or a string. */
export function readInstruction(parsed: ParsedSlice): SliceContent | Fault {
  const { node, ...rest } = parsed;
  if (node.kind !== 'string') return readAs(parsed, { point: 'input', role: 'system', claims: true });
  const out = new TextCollector({ ...rest, point: 'input', role: 'system' });
  out.add(node, 'text');
  return out.content();
}

/** What becomes a vector. */
export function readIngested(parsed: ParsedSlice): SliceContent | Fault {
  return readAs(parsed, { point: 'ingest', role: 'user', claims: true });
}

/** One of several contents that become vectors, with what is said of it. */
export function readEmbedRequest({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object' || isDisguised(node)) return { fault: 'BODY_SHAPE', at: '' };
  const out = new TextCollector({ ...parsed, point: 'ingest', role: 'user' });
  const content = memberIn(node, 'content');
  for (const { key, value } of node.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (value !== content) {
      // The model was compared with that of the path.
      if (key.value !== 'model') members.add(value, key.value, out);
    } else {
      const fault = readMembers({ ...parsed, node: value }, '/content', out);
      if (fault !== undefined) return fault;
    }
  }
  return out.content();
}

interface Speaker {
  readonly point: Checkpoint;
  readonly role: Role;
  /** The role that is written says what is known already. */
  readonly claims: boolean;
}

function readAs(parsed: ParsedSlice, { point, role, claims }: Speaker): SliceContent | Fault {
  const { node, ...rest } = parsed;
  const out = new TextCollector({ ...rest, point, role, stranger: !claims });
  const said = memberIn(node, 'role');
  if (!claims && said?.kind === 'string') out.add(said, 'role');
  return readMembers(parsed, '', out) ?? out.content();
}

function readMembers({ node }: ParsedSlice, path: string, out: TextCollector): Fault | undefined {
  if (node.kind !== 'object' || isDisguised(node)) return { fault: 'BODY_SHAPE', at: path };
  for (const { key, value } of node.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value === 'role' && value.kind === 'string') continue;
    if (key.value !== 'parts') members.add(value, key.value, out);
    else {
      const fault = readParts(value, `${path}/parts`, out);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}
