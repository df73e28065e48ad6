import { Buffer } from 'node:buffer';
import {
  type ApprovalAnswer,
  answered,
  askAbout,
  asksHuman,
  type CallFlow,
  type CallRuling,
  consultJudge,
  type DetectedRequest,
  type Finding,
  isFault,
  type PlacedFinding,
  type RequestRuling,
  type Ruling,
  ruleCall,
  TOOL_INTEGRITY,
  type WholeMatter,
  withinBudget,
} from '@sallyport/core';
import { exactValue, type McpRequest } from '@sallyport/mcp';
import { memberOf } from '@sallyport/wire';
import type { CallBook } from '../links/call-book.ts';
import type { KnownCall, OpenRounds } from '../links/open-rounds.ts';
import { changed } from './admit-request.ts';
import type { AskClient, AskedCall } from './ask-client.ts';
import { bringsMore, roundCall, stateOf, withoutRound } from './ask-in-rounds.ts';
import type { McpConversation } from './conversation.ts';
import type { Crossing } from './crossing.ts';
import type { Scene } from './guarded-server.ts';
import { detectMessage, enforceMessage, ruleMessage } from './judge-message.ts';
import { CODES, mismatch, refuse } from './refusals.ts';
import type { ShelvedTool, ToolShelf } from './tool-shelf.ts';
import { type Admission, turnAway } from './turn-away.ts';

export interface CallParts {
  readonly scene: Scene;
  readonly shelf: ToolShelf;
  readonly conversation: McpConversation;
  /** The calls that models made. */
  readonly calls: Pick<CallBook, 'take'>;
  /** Calls whose servers want to know more. */
  readonly rounds: OpenRounds;
  /** What the tool is by now; undefined where its server has none of that name. */
  readonly toolOf: (name: string) => Promise<ShelvedTool | undefined>;
  /** Puts to a person what policy leaves to one. */
  readonly asking: Pick<AskClient, 'wait' | 'said' | 'round'>;
}

/** observe -> detect -> decide -> enforce -> record: a call of a tool, by what it is, what it is given and where that came from. */
export async function admitCall(crossing: Crossing, came: McpRequest, parts: CallParts): Promise<Admission> {
  const { records, given, name: tool = '' } = crossing;
  const { scene, shelf } = parts;
  // observe
  const said = parts.asking.said(came, crossing);
  const message = said === undefined ? came : withoutRound(came);
  const known = await parts.toolOf(tool);
  if (known === undefined) return turnAway(crossing, came, { fault: 'TOOL_UNKNOWN', code: CODES.invalidParams });
  if (known.withheld !== undefined) return withhold(crossing, message, known.withheld);
  const called = memberOf(message.params, 'arguments');
  const value = called === undefined ? {} : exactValue(called, message.text);
  const at = shelf.mismatchOf(known, value);
  if (at !== undefined) {
    await turnAway(crossing, came, { fault: 'ARGUMENTS_SHAPE', code: CODES.invalidParams });
    return { goesOn: false, answer: mismatch(crossing, at) };
  }
  const { principal, server } = scene;
  const tooMuch = records.budget.reserve({
    principal,
    route: server.route,
    model: '',
    provider: server.name,
    body: message.bytes,
    facts: FREE,
  });
  if (tooMuch !== undefined) return turnAway(crossing, came, { fault: tooMuch.fault, code: CODES.refused });
  // detect
  const seen = detectMessage(message, { scene, exchange: records.id, about: { from: 'client' } });
  if (isFault(seen)) return turnAway(crossing, came, { fault: seen.fault, code: CODES.invalidRequest });
  const detected = server.judge === undefined ? seen : await consultJudge(seen, server.judge, crossing.stop);
  // decide
  const { known: linked, changed: altered } = knownOf(crossing, came, parts);
  records.session = (linked ?? altered)?.session;
  const flow = flowOf(linked?.flow, crossing, parts);
  const approval = linked?.approval;
  const isAltered = altered !== undefined;
  const decided = await decideCall({ crossing, detected, value, flow, said, approval, isAltered }, parts);
  // enforce
  const matter = enforceMessage(detected, decided.request, scene);
  // record: durable before the call goes on
  await record({ crossing, message, decided, matter });
  const { ruled, request } = decided;
  const stopped = [ruled.access, ruled.guard, request.stopped].find((one) => one !== undefined && stops(one));
  if (stopped !== undefined) {
    // Who took the call back meanwhile was not refused it.
    await records.closed(crossing.isOver ? 'client-aborted' : 'refused');
    const { approval: open } = stopped;
    const asked = open === undefined ? undefined : parts.asking.round({ ruled, given, crossing }, open);
    if (asked !== undefined)
      parts.rounds.asked(roundCall(crossing, scene), stateOf(asked), { flow, session: records.session });
    return { goesOn: false, answer: asked ?? refuse(crossing, stopped) };
  }
  const { approval: answer } = ruled.decided;
  noteCall(crossing, { flow, approval: answer?.status === 'granted' ? answer.id : approval }, parts);
  return { goesOn: true, message: changed(message, matter.enforced.body, scene) };
}

/** A call goes on: whatever comes of it belongs to it. */
function noteCall(crossing: Crossing, { flow, approval }: KnownCall, { scene, conversation }: CallParts): void {
  const { given, name: tool = '', records } = crossing;
  const { house, owner } = scene;
  // What a memory keeps is known before it has it: whoever reads it next is told where it came from.
  if (flow.written !== undefined) house.memories?.wrote(owner, flow.written);
  const key = house.detection.digest(Buffer.from(JSON.stringify(['mcp call', tool, given])));
  crossing.known = { flow, session: records.session, approval };
  crossing.call = { key, call: { tool, arguments: given } };
  conversation.called(crossing.call, flow.facts.tool.effect === 'write');
}

/** No model works for it. */
const FREE = { stream: false, choices: 1, generates: false } as const;

function stops({ decision }: Ruling): boolean {
  return decision.verdict !== 'allow';
}

/** A tool that nobody is offered is not called either. */
async function withhold(crossing: Crossing, message: McpRequest, ruling: Ruling): Promise<Admission> {
  const { records } = crossing;
  await records.opened(message.bytes, { rulings: [ruling], effect: ruling.effect });
  await records.closed('refused');
  return { goesOn: false, answer: refuse(crossing, ruling) };
}

/** What is known of a call from before it came. */
interface Before {
  /** It is that very call. */
  readonly known?: KnownCall;
  /** The call that a model made, of which this one says that it is it, and is not. */
  readonly changed?: KnownCall;
}

/** Of a call that was made before: the same one, of which its server wants to know more, or the one that a model made. */
function knownOf(crossing: Crossing, came: McpRequest, { scene, rounds, calls }: CallParts): Before {
  const { given, name: tool = '', claim } = crossing;
  const before = bringsMore(came) ? rounds.take(roundCall(crossing, scene), stateOf(came)) : undefined;
  if (before !== undefined) return { known: before };
  const found = calls.take(scene.owner, { ...claim, tool, given });
  if (found === undefined) return {};
  return found.isChanged ? { changed: found.call } : { known: found.call };
}

/** Where the values of a call came from, as far as it can be seen here. */
function traced({ given, name: tool = '' }: Crossing, { scene, shelf, conversation }: CallParts): CallFlow {
  const memories = scene.house.memories?.reader(scene.owner);
  return scene.server.flow
    .label(conversation.transcript(shelf.definitions, memories))
    .trace({ tool, arguments: given });
}

/** What is known of the conversation in which a model made the call says more than what passed here. */
function flowOf(linked: CallFlow | undefined, crossing: Crossing, parts: CallParts): CallFlow {
  if (linked === undefined) return traced(crossing, parts);
  if (linked.facts.tool.memory !== undefined || !isOfMemory(crossing, parts)) return linked;
  // The model's door took the tool for none of a memory: it doesn't know the server.
  const { facts, written } = traced(crossing, parts);
  const { memory } = facts.tool;
  const tool = { ...linked.facts.tool, ...(memory !== undefined && { memory }) };
  return { ...linked, facts: { ...linked.facts, tool }, ...(written !== undefined && { written }) };
}

function isOfMemory({ given, name: tool = '' }: Crossing, { scene, shelf }: CallParts): boolean {
  return scene.server.flow.isOfMemory({ tool, arguments: given }, shelf.definitions);
}

interface CallMatter {
  readonly crossing: Crossing;
  readonly detected: DetectedRequest;
  /** What the tool is given, parsed. */
  readonly value: unknown;
  readonly flow: CallFlow;
  /** By which a human allowed this very call when the model made it. */
  readonly approval: string | undefined;
  readonly said: AskedCall['said'];
  /** A model made it otherwise. */
  readonly isAltered: boolean;
}

interface DecidedCallRequest {
  readonly ruled: CallRuling;
  /** On what else the message says, and with what is to be replaced in it. */
  readonly request: RequestRuling;
}

/** Both policy sets, a human where they leave it to one, and the budget of the tool. */
async function decideCall(
  { crossing, detected, value, flow, approval, said, isAltered }: CallMatter,
  { scene, asking }: CallParts,
): Promise<DecidedCallRequest> {
  const { records, given, name: tool = '' } = crossing;
  const { judge, budget } = records;
  const { house, server } = scene;
  const [own, others] = split(detected);
  const lines = detected.slices.flatMap(({ uninspected }) => uninspected);
  const typed = { action: `${server.route}/${tool}`, arguments: value };
  const called = { name: tool, where: 'call/arguments', groups: [server.route], typed };
  const found: { readonly finding: Finding }[] = own.map(({ placed }) => placed);
  if (isAltered) found.push(...changedCall(given, server));
  const asked = ruleCall(judge, called, { found, lines, flow, given });
  let ruled = asked;
  if (asksHuman(asked)) {
    const desk = { judge, exchange: records.id, approvals: house.approvals, flow: server.flow };
    const answer: ApprovalAnswer =
      approval === undefined
        ? await asking.wait(askAbout(asked, given, desk), { ruled: asked, given, crossing, said })
        : { status: 'granted', id: approval };
    ruled = answered(asked, answer);
  }
  ruled = withinBudget(ruled, () => given, budget);
  const { ruling } = ruleMessage(others, judge, scene);
  const redactions = ruled.guard.decision.redact.flatMap((index) => {
    const one = own[index];
    if (one === undefined) return [];
    const places = one.placed.places.map((place) => ({ slice: one.slice, ...place }));
    return [{ finding: { ...one.placed.finding, where: called.where }, places }];
  });
  const present = [...ruling.present, ruled.guard];
  return { ruled, request: { ...ruling, present, redactions: [...ruling.redactions, ...redactions] } };
}

/** A client that altered what its model wrote may have had a reason: policies say what comes of it. */
const CHANGED_SCORE = 0.9;

function changedCall(given: string, { vetter }: Scene['server']): readonly { readonly finding: Finding }[] {
  if (vetter === undefined) return [];
  const span = { start: 0, end: given.length };
  const about = { detector: TOOL_INTEGRITY, category: 'tool-integrity', type: 'call-changed' } as const;
  return [{ finding: { ...about, score: CHANGED_SCORE, span, via: [], fingerprint: vetter.fingerprint(given) } }];
}

interface OwnFinding {
  readonly slice: number;
  readonly placed: PlacedFinding;
}

/** What was found in the call, and the request with all the rest. */
function split(detected: DetectedRequest): readonly [readonly OwnFinding[], DetectedRequest] {
  const own: OwnFinding[] = [];
  const slices = detected.slices.map((each, slice) => {
    const isOwn = ({ places }: PlacedFinding) => each.segments[places[0]?.segment ?? 0]?.point === 'tool-call';
    own.push(...each.findings.filter(isOwn).map((placed) => ({ slice, placed })));
    // The call's own checkpoint is decided with the flow of its values.
    const segments = each.segments.map((note) =>
      note.point === 'tool-call' ? { ...note, point: 'input' as const } : note,
    );
    return { ...each, segments, findings: each.findings.filter((one) => !isOwn(one)) };
  });
  return [own, { ...detected, slices }];
}

interface Recording {
  readonly crossing: Crossing;
  readonly message: McpRequest;
  readonly decided: DecidedCallRequest;
  readonly matter: WholeMatter;
}

async function record({ crossing: { records, capture }, message, decided, matter }: Recording): Promise<void> {
  const { ruled, request } = decided;
  const { detected, enforced } = matter;
  capture.opened(matter, undefined);
  const { tool, rulings, effect, approval } = ruled.decided;
  await Promise.all([
    records.opened(message.bytes, {
      detected,
      rulings: request.rulings,
      effect: request.effect,
      redacted: enforced.redacted,
    }),
    records.decided({ tool, rulings, effect, ...(approval !== undefined && { approval }) }),
    capture.whenKept(),
  ]);
}
