import { Buffer } from 'node:buffer';
import { memberOf, splice } from '@sallyport/wire';
import type { McpMessage, McpResult } from '../message/message.ts';
import { respelled } from '../message/respelled.ts';
import { itemName, type ListMember } from './read-definitions.ts';

const COMMA = Buffer.from(',');

/**
 * Leaves out the items of a list result that are not kept: tools and prompts by name, resources by their address, templates by
 * theirs. What has no name nobody could allow; what is no list becomes an empty one. The bytes of all others stay as they are.
 * @returns the message itself when nothing is left out
 */
export function keepItems(message: McpResult, member: ListMember, keep: (name: string) => boolean): McpResult;
export function keepItems(message: McpResult, member: ListMember, keep: (name: string) => boolean): McpMessage {
  const { bytes, text, result } = message;
  const list = memberOf(result, member);
  if (list === undefined) return message;
  const items = list.kind === 'array' ? list.items : [];
  const kept = items.filter((item) => {
    const name = itemName(item, member);
    return name !== undefined && keep(name);
  });
  if (list.kind === 'array' && kept.length === items.length) return message;
  const literals = kept.flatMap((item, at) => {
    const literal = Buffer.from(text.slice(item.start, item.end));
    return at === 0 ? [literal] : [COMMA, literal];
  });
  const start = Buffer.byteLength(text.slice(0, list.start));
  const end = start + Buffer.byteLength(text.slice(list.start, list.end));
  const replacement = Buffer.concat([Buffer.from('['), ...literals, Buffer.from(']')]);
  return respelled(message, { bytes: splice(bytes, [{ start, end, bytes: replacement }]) });
}
