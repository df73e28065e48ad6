import { isFault, type ParseLimits } from '@sallyport/core';
import { type ByteRange, type ScannedBody, scanBody, scanMember, scanString } from '@sallyport/wire';
import { offeredTools } from '../request/offered-tools.ts';
import { ITEM_LISTS, itemKind } from './item-kinds.ts';

/** What a server was found to have: no offer, since the server is one. */
const LISTED = 'mcp_list_tools';
const WITHIN = { arrays: ['tools'], members: [] };

/** Names of all tools that a request offers: those that it defines, those within a namespace, and those that its items bring along. */
export function offeredNames(scanned: ScannedBody, limits: ParseLimits): readonly string[] {
  const { latin1, elements } = scanned;
  const own = (elements.get('tools') ?? []).flatMap((range) => namesIn(latin1, range));
  const items = ITEM_LISTS.flatMap((list) => elements.get(list) ?? []);
  return [...own, ...items.flatMap((range) => broughtBy(latin1, range, limits))];
}

function broughtBy(latin1: string, range: ByteRange, { maxDepth, maxNodes }: ParseLimits): readonly string[] {
  const type = scanString(latin1, scanMember(latin1, range, 'type'));
  if (type === LISTED || itemKind(type).definitions.size === 0) return [];
  const item = scanBody(bytesOf(latin1, range), { ...WITHIN, maxDepth, maxNodes });
  return isFault(item) ? [] : (item.elements.get('tools') ?? []).flatMap((tool) => namesIn(item.latin1, tool));
}

/** The names of one definition: its own, and those of the tools within it, behind its own. */
function namesIn(latin1: string, range: ByteRange): readonly string[] {
  const text = latin1.slice(range.start, range.end);
  // Few hold others: the native search spares the rest from being decoded.
  if (!text.includes('"tools"') && !text.includes('\\u')) return toolName(latin1, range) ?? [];
  const offered = offeredTools(bytesOf(latin1, range));
  return isFault(offered) ? [] : offered.map(({ name }) => name);
}

/** A definition's name, without decoding it; of a server, its label; of what needs no name, its type. */
function toolName(latin1: string, range: ByteRange): readonly string[] | undefined {
  for (const member of ['name', 'server_label', 'type']) {
    const name = scanString(latin1, scanMember(latin1, range, member));
    if (name !== undefined) return [name];
  }
  return undefined;
}

function bytesOf(latin1: string, { start, end }: ByteRange): Uint8Array {
  return Buffer.from(latin1.slice(start, end), 'latin1');
}
