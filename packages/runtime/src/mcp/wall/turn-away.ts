import type { ErrorCode } from '@sallyport/core';
import type { McpAnswer, McpRequest } from '@sallyport/mcp';
import type { Crossing } from './crossing.ts';
import { fail } from './refusals.ts';

/** What becomes of a message: it goes on, perhaps changed, or its sender is answered. */
export type Admission =
  | { readonly goesOn: true; readonly message: McpRequest }
  | { readonly goesOn: false; readonly answer: McpAnswer };

/** A request that is not taken, before anything of it was decided. */
export async function turnAway(
  crossing: Crossing,
  message: McpRequest,
  { fault, code }: { readonly fault: ErrorCode; readonly code: number },
): Promise<Admission> {
  const { records } = crossing;
  await records.opened(message.bytes, { rulings: [], effect: 'block', fault });
  await records.closed('rejected', { fault });
  return { goesOn: false, answer: fail(crossing, code, fault) };
}
