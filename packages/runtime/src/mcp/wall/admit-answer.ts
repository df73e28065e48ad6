import {
  consultJudge,
  type DetectedRequest,
  type DetectedSlice,
  isFault,
  type Message,
  messageOf,
  type Ruling,
  ruleAccess,
  type WholeMatter,
} from '@sallyport/core';
import { keepItems, LISTS, type McpAnswer, sliceMessage } from '@sallyport/mcp';
import type { OpenRounds } from '../links/open-rounds.ts';
import type { ResultBook } from '../links/result-book.ts';
import { changed } from './admit-request.ts';
import { roundCall, stateOf, wantsMore } from './ask-in-rounds.ts';
import type { McpConversation } from './conversation.ts';
import { CALL, type Crossing } from './crossing.ts';
import { MCP, type Scene, toolOf } from './guarded-server.ts';
import { detectMessage, enforceMessage, type MessageRuling, ruleMessage } from './judge-message.ts';
import { CODES, fail, refuse } from './refusals.ts';
import { SHELF_MAX_TOOLS, type ToolShelf } from './tool-shelf.ts';

export interface AnswerParts {
  readonly scene: Scene;
  readonly shelf: ToolShelf;
  readonly conversation: McpConversation;
  /** What servers returned. */
  readonly results: Pick<ResultBook, 'returned'>;
  /** Calls whose servers want to know more. */
  readonly rounds: Pick<OpenRounds, 'asked'>;
}

/** The method that lists tools, and the member of its result. */
export const LIST = 'tools/list';
const TOOLS = 'tools';

/**
 * observe -> detect -> decide -> enforce -> record: the answer to a request of the other side.
 * @returns what goes back, under the id by which the asking side knows its request
 */
export async function admitAnswer(crossing: Crossing, answer: McpAnswer, parts: AnswerParts): Promise<McpAnswer> {
  const { records, capture, from, method, name } = crossing;
  const { scene } = parts;
  const answers = { method, ...(name !== undefined && { name }) };
  const about = { from: from === 'client' ? 'server' : 'client', answers } as const;
  records.answered();
  // observe, detect
  const seen = detectMessage(answer, { scene, exchange: records.id, about });
  if (isFault(seen)) {
    await records.closed('upstream-failed', { fault: seen.fault });
    return fail(crossing, CODES.lost, 'UPSTREAM_GARBAGE');
  }
  const { judge } = scene.server;
  const detected = judge === undefined ? seen : await consultJudge(seen, judge, crossing.stop);
  // decide
  const ruled = ruleMessage(detected, records.judge, scene);
  const { ruling, withheld } = ruled;
  const list = answer.kind === 'result' ? LISTS.get(method) : undefined;
  const offered = list === TOOLS ? shelve(detected, ruled, { crossing, ...parts }) : NOTHING_DENIED;
  const left = new Set([...withheld.keys(), ...offered.denied]);
  // enforce
  const hidden = list === undefined ? new Set([...ruling.withheld, ...left]) : ruling.withheld;
  const matter = enforceMessage(detected, { ...ruling, withheld: hidden }, scene);
  const whole = changed(answer, matter.enforced.body, scene);
  const passing =
    list === undefined || whole.kind !== 'result' ? whole : keepItems(whole, list, keptOf(detected, left));
  // What a model may read counts for what it does next, from now on; it is read and labelled when nobody waits.
  const { after } = scene.house.clock;
  if (from === 'client' && list === undefined) after(0, remember(matter, crossing, parts));
  // record: durable before any of it goes back
  capture.answeredWhole(matter);
  const rulings = [...ruling.rulings, ...offered.rulings];
  const { stopped } = ruling;
  const closing = { detected, rulings, effect: stopped?.effect ?? ruling.effect, redacted: matter.enforced.redacted };
  await capture.whenKept();
  await records.closed(stopped === undefined ? 'completed' : 'refused', closing);
  if (stopped !== undefined) return refuse(crossing, stopped);
  // Known before its client has it, and read when nobody waits.
  if (method === CALL) after(0, noteReturned(passing, crossing, parts));
  const { known } = crossing;
  if (known !== undefined && wantsMore(passing)) {
    parts.rounds.asked(roundCall(crossing, scene), stateOf(passing), known);
  }
  return passing;
}

interface Shelving extends AnswerParts {
  readonly crossing: Crossing;
}

interface Offered {
  readonly rulings: readonly Ruling[];
  /** Indexes of slices whose tools this principal may not call. */
  readonly denied: readonly number[];
}

const NOTHING_DENIED: Offered = { rulings: [], denied: [] };

/** Learns what the tools of a list are, and says which of them are none of this principal's business. */
function shelve(detected: DetectedRequest, { withheld }: MessageRuling, parts: Shelving): Offered {
  const { scene, shelf } = parts;
  const rulings: Ruling[] = [];
  const denied: number[] = [];
  for (const [at, { slice, key }] of detected.slices.entries()) {
    if (slice.kind !== 'tool-definition') continue;
    const content = slice.open();
    const definition = isFault(content) ? undefined : content.definitions?.[0];
    if (definition === undefined) {
      denied.push(at);
      continue;
    }
    const access = ruleOffer(definition.name, parts);
    if (!withheld.has(at)) scene.names.note(scene.owner.tenant, scene.server.route, definition.name);
    const isRoom = shelf.take({ definition, key, bytes: slice.bytes.length, withheld: withheld.get(at) }, scene.server);
    if (access.decision.verdict === 'allow' && isRoom) continue;
    denied.push(at);
    if (rulings.length < SHELF_MAX_TOOLS) rulings.push(access);
  }
  return { rulings, denied };
}

/** Whether the principal may call a tool: one that it may not is none of its business. */
function ruleOffer(tool: string, { scene, crossing: { records } }: Shelving): Ruling {
  return ruleAccess(records.judge, {
    principal: scene.principal,
    action: 'call-tool',
    resource: toolOf(scene, tool),
    context: { route: scene.server.route, protocol: MCP },
  });
}

/** Which items of a list stay: of two of one name both go, whichever was meant. */
function keptOf({ slices }: DetectedRequest, left: ReadonlySet<number>): (name: string) => boolean {
  const names = new Set([...left].map((at) => nameOf(slices[at])));
  return (name) => !names.has(name);
}

/** What an item of a list goes by. */
function nameOf(item: DetectedSlice | undefined): string | undefined {
  return item?.segments.find(({ origin }) => origin.tool !== undefined)?.origin.tool;
}

/** What a server tells may hold the values of the next call. @returns how to label it */
function remember({ detected }: WholeMatter, { call: by }: Crossing, parts: AnswerParts): () => void {
  const { conversation, scene, shelf } = parts;
  const settle = detected.slices.flatMap(({ slice, key, chars }) => {
    if (slice.kind !== 'message') return [];
    const read = () => {
      const content = slice.open();
      return isFault(content) ? UNREAD : messageOf(content);
    };
    return [conversation.brought({ key, chars, read, by })];
  });
  return () => {
    for (const one of settle) one();
    const memories = scene.house.memories?.reader(scene.owner);
    scene.server.flow.label(conversation.transcript(shelf.definitions, memories));
  };
}

/** It was read before, so that it cannot come to this. */
const UNREAD: Message = { role: 'tool', texts: [], calls: [], results: [] };

/** What a call brought, as its client got it: what the client's model is told of it can be compared. @returns how to read it */
function noteReturned(passing: McpAnswer, { name: tool = '', given }: Crossing, parts: AnswerParts): () => void {
  const { scene, results } = parts;
  const read = () => {
    const slices = sliceMessage(passing, { from: 'server', answers: { method: CALL, name: tool } }).slices;
    const texts = slices.flatMap((slice) => {
      const content = slice.kind === 'message' ? slice.open() : undefined;
      return content === undefined || isFault(content) ? [] : content.segments.map(({ text }) => text);
    });
    return texts.join('\n');
  };
  return results.returned(scene.owner, { tool, given }, { chars: passing.bytes.length, read });
}
