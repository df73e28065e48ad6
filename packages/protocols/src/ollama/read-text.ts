import type { Checkpoint, Fault, Role, SliceContent } from '@sallyport/core';
import { TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';

export interface TextMember {
  readonly field: string;
  readonly role: Role;
  readonly point: Checkpoint;
}

/** A reader of a member that is one text, or of one element of a list of texts. */
export function textReader({ field, role, point }: TextMember): (parsed: ParsedSlice) => SliceContent | Fault {
  return ({ node, ...parsed }) => {
    if (node.kind !== 'string') return { fault: 'BODY_SHAPE', at: '' };
    const out = new TextCollector({ ...parsed, point, role });
    out.add(node, field);
    return out.content();
  };
}
