import type { Fault } from '@sallyport/core';
import {
  isNull,
  isPlainName,
  type JsonNode,
  type JsonObject,
  pointerToken,
  type TextCollector,
  walkTexts,
} from '@sallyport/wire';
import { MemberTexts } from '../request/member-texts.ts';
import { fields, isDisguised } from './fields.ts';
import { mediaIn } from './media-in.ts';
import { partKind } from './part-kind.ts';
import { camelCase, itemsOf, memberIn, stringIn } from './spelling.ts';

/** Texts of members of a request of this protocol. */
export const members = new MemberTexts(fields);

/** The tool that runs what the model writes, by the name that a request gives it. */
const CODE_EXECUTION = 'codeExecution';

/** The texts of a content's parts. */
export function readParts(parts: JsonNode, path: string, out: TextCollector): Fault | undefined {
  if (isNull(parts)) return undefined;
  if (parts.kind !== 'array' && parts.kind !== 'object') return { fault: 'BODY_SHAPE', at: path };
  for (const [index, part] of itemsOf(parts).entries()) {
    const at = parts.kind === 'array' ? `${path}/${index}` : path;
    if (part.kind !== 'object' || isDisguised(part)) return { fault: 'BODY_SHAPE', at };
    const fault = readPart(part, at, out);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A part is a union: one member that is its content, and others about it. Where it has several, each is read for what it is. */
function readPart(part: JsonObject, path: string, out: TextCollector): Fault | undefined {
  const thought = memberIn(part, 'thought');
  const isThought = thought?.kind === 'word' && thought.value === true;
  for (const { key, value } of part.members) {
    const name = camelCase(key.value);
    const at = `${path}/${pointerToken(key.value)}`;
    if (isDisguised(value)) return { fault: 'BODY_SHAPE', at };
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (isNull(value)) continue;
    if (name === 'text') {
      if (value.kind !== 'string') return { fault: 'BODY_SHAPE', at };
      out.add(value, isThought ? 'thought' : 'text');
    } else readMember({ name, value, path: at, written: key.value }, out);
  }
  return undefined;
}

interface PartMember {
  /** As JSON spells it. */
  readonly name: string;
  /** As this request does. */
  readonly written: string;
  readonly value: JsonNode;
  readonly path: string;
}

function readMember({ name, value, path, written }: PartMember, out: TextCollector): void {
  switch (partKind(name)) {
    case 'call':
      out.call({ tool: toolOf(name, value), id: stringIn(value, 'id') }, memberIn(value, 'args'));
      readCall(value, { name, path, free: 'args' }, out.from({ tool: toolOf(name, value) }));
      return;
    case 'result': {
      const tool = toolOf(name, value);
      const own = out.from({ point: 'tool-result', role: 'tool', tool });
      out.result(
        { tool, id: stringIn(value, 'id') },
        memberIn(value, 'response') ?? memberIn(value, 'output') ?? value,
      );
      readCall(value, { name, path, free: 'response' }, own);
      return;
    }
    case undefined:
      out.see('unknown', path, out.bytesOf(value));
      members.addAt(value, { field: written, path }, out);
      return;
    default:
      if (name === 'partMetadata') addAll(value, name, out);
      else readOwn({ name, value, path, written }, out);
  }
}

function readOwn({ name, value, path, written }: PartMember, out: TextCollector): void {
  const { except, encoded } = seeMedia({ name, value, path }, out);
  members.addAt(value, { field: written, path, except, encoded }, out);
}

function seeMedia(
  { name, value, path }: Pick<PartMember, 'name' | 'value' | 'path'>,
  out: TextCollector,
): { readonly except: ReadonlySet<JsonNode>; readonly encoded: ReadonlySet<JsonNode> } {
  const { places, encoded } = mediaIn(name, value, path);
  for (const { kind, path: at, bytes } of places) out.see(kind, at, bytes === undefined ? 0 : out.bytesOf(bytes));
  const read = new Set<JsonNode>(encoded);
  return {
    except: new Set(places.flatMap(({ bytes }) => (bytes === undefined || read.has(bytes) ? [] : bytes))),
    encoded: read,
  };
}

interface CallPlace {
  readonly name: string;
  readonly path: string;
  /** The member whose value is nobody's format: nothing in it is an id of this protocol. */
  readonly free: string;
}

/** A call, or what was answered to one. */
function readCall(call: JsonNode, { name, path, free }: CallPlace, out: TextCollector): void {
  const inner = memberIn(call, free);
  const { except, encoded } = seeMedia({ name, value: call, path }, out);
  const skipped = new Set(except);
  if (inner !== undefined) walkTexts(inner, { field: free, path: '' }, ({ node }) => skipped.add(node));
  members.addAt(call, { field: name, path, except: skipped, encoded }, out);
  if (inner !== undefined) addAll(inner, free, out);
}

/** Every text and key of a value that is nobody's format. */
export function addAll(value: JsonNode, field: string, out: TextCollector): void {
  walkTexts(value, { field, path: '' }, (place) => out.addPlace(place, field));
}

/** Whose call it is: the caller's tool by its name, the provider's by its kind. */
export function toolOf(name: string, value: JsonNode): string | undefined {
  return name === 'codeExecutionResult' ? CODE_EXECUTION : (stringIn(value, 'name') ?? stringIn(value, 'toolType'));
}
