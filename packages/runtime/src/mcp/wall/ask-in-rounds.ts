import { type McpAnswer, type McpRequest, openState, sealState, withoutParams, writeResult } from '@sallyport/mcp';
import { canonicalArguments, memberOf, stringOf } from '@sallyport/wire';
import type { RoundCall } from '../links/open-rounds.ts';
import type { Crossing } from './crossing.ts';
import type { Scene } from './guarded-server.ts';

/** What a question of the wall is called among those of one round. */
const QUESTION = 'io.sallyport/allow';
/** Approvals are named so; a state holds no underscore. */
const APPROVAL = 'apr_';

const STATE = 'requestState';
const RESPONSES = 'inputResponses';
const WANTS_MORE = 'input_required';

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
    resultType: WANTS_MORE,
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
  const sealed = stringOf(params, STATE);
  if (sealed === undefined) return undefined;
  const state = openState(sealed, { key, client, asks: asksOf(crossing.name ?? '', crossing.given) });
  if (state === undefined) return undefined;
  const answer = memberOf(memberOf(params, RESPONSES), QUESTION);
  const action = stringOf(answer, 'action');
  const allow = memberOf(memberOf(answer, 'content'), 'allow');
  const isYes = action === 'accept' && allow?.kind === 'word' && allow.value === true;
  const granted = action === 'accept' || action === 'decline' ? isYes : undefined;
  return { approval: `${APPROVAL}${state.request}`, granted };
}

/** Whether a call brings what somebody wanted to know when it was made before. */
export function bringsMore({ params }: McpRequest): boolean {
  return [STATE, RESPONSES].some((name) => memberOf(params, name) !== undefined);
}

/** What a client is to bring back, and what it brings. */
export function stateOf(message: McpRequest | McpAnswer): string | undefined {
  if (message.kind === 'error') return undefined;
  return stringOf(message.kind === 'result' ? message.result : message.params, STATE);
}

/** Whether whoever was asked wants to know more before it answers. */
export function wantsMore(answer: McpAnswer): boolean {
  return answer.kind === 'result' && stringOf(answer.result, 'resultType') === WANTS_MORE;
}

/** What tells one call from another, over all its rounds. */
export function roundCall({ name: tool = '', given, records }: Crossing, { owner, server }: Scene): RoundCall {
  return { owner, route: server.route, tool, given, policySet: records.judge.engine.policySet };
}

/** The call as its server is to see it: without what was between the wall and the client. */
export function withoutRound(message: McpRequest): McpRequest {
  return withoutParams(message, [RESPONSES, STATE]);
}

function asksOf(tool: string, given: string): string {
  return JSON.stringify([tool, canonicalArguments(given)]);
}
