import { type McpAnswer, type McpRequest, openState, sealState, withoutParams, writeResult } from '@sallyport/mcp';
import { canonicalArguments, memberOf, stringOf } from '@sallyport/wire';
import type { Crossing } from './crossing.ts';

/** What a question of the wall is called among those of one round. */
const QUESTION = 'io.sallyport/allow';
/** Approvals are named so; a state holds no underscore. */
const APPROVAL = 'apr_';

/** What states are bound to: whoever brings one back. */
export interface RoundBinding {
  readonly key: Uint8Array;
  /** Names the client. */
  readonly client: string;
}

/** The answer to a call of a client of 2026-07-28 that a person must allow: it asks them, and calls again with what they said. */
export function askRound(
  { id, name = '', given }: Crossing,
  { approval, params }: { readonly approval: string; readonly params: object },
  { key, client }: RoundBinding,
): McpAnswer {
  const state = { request: approval.slice(APPROVAL.length), round: 1, atMs: 0 };
  return writeResult(id, {
    resultType: 'input_required',
    inputRequests: { [QUESTION]: { method: 'elicitation/create', params } },
    requestState: sealState(state, { key, client, asks: asksOf(name, given) }),
  });
}

/** What a person said to such a question, as their client brings it back. */
export interface RoundAnswer {
  /** Id of the approval. */
  readonly approval: string;
  /** Undefined where they said neither yes nor no. */
  readonly granted: boolean | undefined;
}

/** @returns `undefined` for a call that brings no answer to a question of ours; one to another call is none, and one that was made up */
export function roundAnswer(
  { params }: McpRequest,
  crossing: Crossing,
  { key, client }: RoundBinding,
): RoundAnswer | undefined {
  const sealed = stringOf(params, 'requestState');
  if (sealed === undefined) return undefined;
  const state = openState(sealed, { key, client, asks: asksOf(crossing.name ?? '', crossing.given) });
  if (state === undefined) return undefined;
  const answer = memberOf(memberOf(params, 'inputResponses'), QUESTION);
  const action = stringOf(answer, 'action');
  const allow = memberOf(memberOf(answer, 'content'), 'allow');
  const isYes = action === 'accept' && allow?.kind === 'word' && allow.value === true;
  const granted = action === 'accept' || action === 'decline' ? isYes : undefined;
  return { approval: `${APPROVAL}${state.request}`, granted };
}

/** The call as its server is to see it: without what was between the wall and the client. */
export function withoutRound(message: McpRequest): McpRequest {
  return withoutParams(message, ['inputResponses', 'requestState']);
}

function asksOf(tool: string, given: string): string {
  return JSON.stringify([tool, canonicalArguments(given)]);
}
