import {
  type ApprovalAnswer,
  answered,
  askAbout,
  asksHuman,
  type CallFlow,
  type CallRuling,
  consultJudge,
  type DetectedRequest,
  isFault,
  type PlacedFinding,
  type RequestRuling,
  type Ruling,
  ruleCall,
  type StopSignal,
  type WholeMatter,
  withinBudget,
} from '@sallyport/core';
import { exactValue, type McpRequest } from '@sallyport/mcp';
import { memberOf } from '@sallyport/wire';
import type { CallBook } from '../links/call-book.ts';
import { changed } from './admit-request.ts';
import type { AskClient, AskedCall } from './ask-client.ts';
import { withoutRound } from './ask-in-rounds.ts';
import type { McpConversation } from './conversation.ts';
import type { Crossing } from './crossing.ts';
import type { Scene } from './guarded-server.ts';
import { detectMessage, enforceMessage, ruleMessage } from './judge-message.ts';
import { CODES, mismatch, refuse } from './refusals.ts';
import type { ShelvedTool, ToolShelf } from './tool-shelf.ts';
import { type Admission, turnAway } from './turn-away.ts';

export interface CallParts {
  readonly scene: Scene;
  readonly signal: StopSignal;
  readonly shelf: ToolShelf;
  readonly conversation: McpConversation;
  /** The calls that models made. */
  readonly calls: Pick<CallBook, 'take'>;
  /** What the tool is by now; undefined where its server has none of that name. */
  readonly toolOf: (name: string) => Promise<ShelvedTool | undefined>;
  /** Puts to a person what policy leaves to one. */
  readonly asking: Pick<AskClient, 'wait' | 'said' | 'round'>;
}

/** observe -> detect -> decide -> enforce -> record: a call of a tool, by what it is, what it is given and where that came from. */
export async function admitCall(crossing: Crossing, came: McpRequest, parts: CallParts): Promise<Admission> {
  const { records, given, name: tool = '' } = crossing;
  const { scene, signal, shelf } = parts;
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
  const { principal, server, house } = scene;
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
  const detected = server.judge === undefined ? seen : await consultJudge(seen, server.judge, signal);
  // decide
  const linked = parts.calls.take(scene.owner, tool, given);
  records.session = linked?.session;
  const flow = flowOf(linked?.flow, crossing, parts);
  const decided = await decideCall({ crossing, detected, value, flow, said, approval: linked?.approval }, parts);
  // enforce
  const matter = enforceMessage(detected, decided.request, scene);
  // record: durable before the call goes on
  await record({ crossing, message, decided, matter });
  const { ruled, request } = decided;
  const stopped = [ruled.access, ruled.guard, request.stopped].find((one) => one !== undefined && stops(one));
  if (stopped !== undefined) {
    await records.closed('refused');
    const { approval } = stopped;
    const asked = approval === undefined ? undefined : parts.asking.round({ ruled, given, crossing }, approval);
    return { goesOn: false, answer: asked ?? refuse(crossing, stopped) };
  }
  // What a memory keeps is known before it has it: whoever reads it next is told where it came from.
  if (flow.written !== undefined) house.memories?.wrote(scene.owner, flow.written);
  const key = house.detection.digest(message.bytes);
  parts.conversation.called(key, { tool, arguments: given }, flow.facts.tool.effect === 'write');
  return { goesOn: true, message: changed(message, matter.enforced.body, scene) };
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
}

interface DecidedCallRequest {
  readonly ruled: CallRuling;
  /** On what else the message says, and with what is to be replaced in it. */
  readonly request: RequestRuling;
}

/** Both policy sets, a human where they leave it to one, and the budget of the tool. */
async function decideCall(
  { crossing, detected, value, flow, approval, said }: CallMatter,
  { scene, asking }: CallParts,
): Promise<DecidedCallRequest> {
  const { records, given, name: tool = '' } = crossing;
  const { judge, budget } = records;
  const { house, server } = scene;
  const [own, others] = split(detected);
  const lines = detected.slices.flatMap(({ uninspected }) => uninspected);
  const typed = { action: `${server.route}/${tool}`, arguments: value };
  const called = { name: tool, where: 'call/arguments', groups: [server.route], typed };
  const asked = ruleCall(judge, called, { found: own.map(({ placed }) => placed), lines, flow, given });
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
