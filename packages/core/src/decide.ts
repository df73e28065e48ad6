import { type AccessDirectory, completed } from './access-directory.ts';
import type { BudgetHit } from './budgets.ts';
import type {
  AccessQuestion,
  Decision,
  FoldedFindings,
  PolicyEngine,
  Principal,
  RequestFacts,
  Resource,
  TypedCall,
} from './decision.ts';
import { effectOf, strongest } from './decision.ts';
import type { DetectedRequest, DetectedSlice } from './detect.ts';
import type { ReceiptLine } from './detector.ts';
import { filledPoints, isNarrowed } from './filled-points.ts';
import type { FlowFacts } from './flow-facts.ts';
import { foldFindings } from './fold-findings.ts';
import { brokenOf, uncheckedOf } from './receipt.ts';
import { RECORDED_FINDINGS_MAX, type RecordedDecision, type RecordedFinding } from './recorded-decision.ts';
import { recordedName, recordedPlace } from './recorded-name.ts';
import { ruleSpotlight } from './rule-spotlight.ts';
import type { Checkpoint, Effect, Posture, Span } from './vocabulary.ts';

/** Why a text that may not pass as it is stops everything: it is signed, and cannot be changed. */
export const FIXED_CONTENT = 'fixed-content';

/** Everything about an exchange that decisions depend on besides the findings. */
export interface Judge {
  readonly engine: PolicyEngine;
  readonly principal: Principal;
  readonly resource: Resource;
  readonly facts: RequestFacts;
  /** What is known of who asks for what; without it nobody has a grant. */
  readonly directory?: AccessDirectory;
  /** What a detector's failure means. */
  readonly postureOf: (detector: string) => Posture;
}

export interface GuardMatter {
  readonly point: Checkpoint;
  /** Of a tool call, where policies name the tool. */
  readonly typed?: TypedCall;
  readonly resource?: Resource;
  readonly findings: readonly RecordedFinding[];
  /** Findings of the same text that were decided before, folded; and what the record lists and counts of all. */
  readonly earlier?: {
    readonly folded: FoldedFindings;
    readonly listed: readonly RecordedFinding[];
    readonly total: number;
  };
  readonly unseen?: readonly string[];
  /** Whether nothing stands at the checkpoint. */
  readonly empty?: boolean;
  /** Of a tool call. */
  readonly flow?: FlowFacts;
  readonly lines: readonly ReceiptLine[];
}

export interface Ruling {
  readonly decision: Decision;
  readonly effect: Effect;
  readonly recorded: RecordedDecision;
  /** What waits for a human because of it. */
  readonly approval?: string;
}

export function ruleAccess(judge: Judge, asked: AccessQuestion): Ruling {
  const question = completed(asked, judge.directory);
  const decision = judge.engine.access(question);
  const { action, context, resource } = question;
  const recorded = { action, context, ...(resource !== judge.resource && { resource: named(resource) }) };
  return {
    decision,
    effect: effectOf(decision),
    recorded: { kind: 'access', question: recorded, decision: lean(decision) },
  };
}

/** Takes one decision at a checkpoint. A detector that broke under posture `closed` blocks whatever the policies say. */
export function ruleGuard(judge: Judge, matter: GuardMatter): Ruling {
  const { point, typed, resource, findings, earlier, unseen = [], flow } = matter;
  const { engine, principal, facts, postureOf } = judge;
  const unchecked = uncheckedOf(matter.lines);
  const empty = matter.empty === true && isNarrowed(principal) ? ({ empty: true } as const) : undefined;
  const context = {
    request: facts,
    findings,
    unseen,
    unchecked,
    ...(earlier && { earlier: earlier.folded }),
    ...empty,
    ...(flow && { flow }),
  };
  const asked = engine.guard({
    principal,
    point,
    ...(typed && { typed }),
    resource: resource ?? judge.resource,
    context,
  });
  const decision = withPostures(asked, matter.lines, postureOf);
  const listed = (earlier?.listed ?? findings).slice(0, RECORDED_FINDINGS_MAX);
  const findingsTotal = (earlier?.total ?? 0) + findings.length;
  const question = {
    point,
    ...(typed !== undefined && { typedAction: recordedName(typed.action) }),
    ...(resource !== undefined && { resource: named(resource) }),
    context: {
      findings: listed,
      ...(findingsTotal > listed.length && { folded: foldFindings(findings, earlier?.folded) }),
      unseen,
      unchecked,
      ...empty,
      ...(flow && { flow: recordedFacts(flow) }),
    },
  };
  return {
    decision,
    effect: effectOf(decision),
    recorded: {
      kind: 'guard',
      question,
      findingsTotal,
      decision: lean(decision),
    },
  };
}

/** A ruling as it stands in a record whose scene has another resource. */
export function about(resource: Resource, { recorded, ...ruling }: Ruling): Ruling {
  const place = { resource: named(resource) };
  const told =
    recorded.kind === 'access'
      ? { ...recorded, question: { ...place, ...recorded.question } }
      : { ...recorded, question: { ...place, ...recorded.question } };
  return { ...ruling, recorded: told };
}

/** A block for a reason of our own, which stands in the place of the policies that were asked. */
export function blockedFor(reason: string, ruling: Ruling): Ruling {
  return blockedBy([`posture:${reason}`], ruling);
}

/** The same of a tool call for which a budget has no room. */
export function overBudget(hits: readonly BudgetHit[], ruling: Ruling): Ruling {
  return blockedBy(
    hits.map(({ limit }) => `budget:${limit}`),
    ruling,
  );
}

function blockedBy(policies: Decision['policies'], { decision: was, recorded }: Ruling): Ruling {
  const decision: Decision = { ...was, verdict: 'block', policies };
  return { decision, effect: effectOf(decision), recorded: { ...recorded, decision: lean(decision) } };
}

/** A ruling that asks, of a call that a human allowed: what else it says, such as what is to be redacted, holds. The record keeps what was asked. */
export function approved({ decision: was, recorded }: Ruling): Ruling {
  const decision: Decision = { ...was, verdict: 'allow' };
  return { decision, effect: effectOf(decision), recorded };
}

/** A model calls what it likes: a tool whose name is none is judged by it, but not recorded under it. */
function named(resource: Resource): Resource {
  return { ...resource, id: recordedName(resource.id) };
}

/** Names of tools are whatever a model or a client says. */
function recordedFacts(facts: FlowFacts): FlowFacts {
  const { tool, session } = facts;
  const calls = { ...session.calls, formerly: session.calls.formerly.map(recordedName) };
  return { ...facts, tool: { ...tool, name: recordedName(tool.name) }, session: { ...session, calls } };
}

/** A record names the policy set once. */
function lean({ policySet: _once, ...decision }: Decision): Omit<Decision, 'policySet'> {
  return decision;
}

function withPostures(decision: Decision, lines: readonly ReceiptLine[], postureOf: Judge['postureOf']): Decision {
  const closed = brokenOf(lines).filter((detector) => postureOf(detector) === 'closed');
  if (closed.length === 0) return decision;
  const policies = [...decision.policies, ...closed.map((detector) => `posture:${detector}`)];
  return { ...decision, verdict: 'block', policies };
}

/** A stretch of a request's text that must be replaced before it goes on. */
export interface Redaction {
  readonly finding: RecordedFinding;
  readonly places: readonly { readonly slice: number; readonly segment: number; readonly span: Span }[];
  /** The vault keeps its value. */
  readonly vaulted?: boolean;
}

export interface RequestRuling {
  readonly effect: Effect;
  /** The ruling that stops the request, when one does. */
  readonly stopped: Ruling | undefined;
  readonly rulings: readonly Ruling[];
  /** Those of them on what is new: the first messages of which nothing was answered yet, the definitions and the rest. */
  readonly present: readonly Ruling[];
  /** Index of the first of those messages. */
  readonly firstNew: number;
  readonly redactions: readonly Redaction[];
  /** Earlier messages that would be stopped if they came now: their text is taken out, so that they don't poison the conversation. */
  readonly withheld: ReadonlySet<number>;
  /** Messages whose tool results go on with their words marked. */
  readonly spotlit: ReadonlySet<number>;
}

interface Located extends Redaction {
  readonly point: Checkpoint;
}

/**
 * Takes the decisions on a request: one per checkpoint for what is new, and one per earlier message that holds findings.
 * New is all that follows the assistant's last answer, the definitions and the rest of the body.
 */
export function decideRequest(detected: DetectedRequest, judge: Judge): RequestRuling {
  const firstNew = firstNewMessage(detected.slices);
  const isNew = (at: number) => at >= firstNew || detected.slices[at]?.slice.kind !== 'message';
  const located = locate(detected);
  const present = located.filter(({ places }) => places.some(({ slice }) => isNew(slice)));
  const past = located.filter(({ places }) => !places.some(({ slice }) => isNew(slice)));

  const signed = (one: Matched) => touchesFixed(edited(one), detected);
  const now = rulePresent({ detected, judge, present, isNew }).map((one) =>
    !stops(one.ruling) && signed(one) ? blocked(one) : one,
  );
  const earlier = rulePast(past, judge);
  const unalterable = earlier.filter(signed).map(blocked);
  const before = earlier.filter((one) => !signed(one));
  const withheld = new Set(before.flatMap(({ ruling, here }) => (stops(ruling) ? slicesOf(here) : [])));
  const passed = [...now, ...before.filter(({ ruling }) => !stops(ruling))];
  const redactions = passed.flatMap(({ ruling, here }) => chosen(here, ruling));
  const stopped = [...now, ...unalterable].map(({ ruling }) => ruling).filter(stops);
  const rulings = [...now, ...unalterable, ...before].map(({ ruling }) => ruling);
  const spotlight = ruleSpotlight({
    slices: detected.slices,
    found: resultsOf(located),
    rule: (findings) => ruleGuard(judge, { point: 'tool-result', findings, lines: [] }),
  });
  // Whoever reads the record finds a decision for what was done.
  const isTold = rulings.some(({ decision }) => decision.spotlight !== undefined);
  const told = spotlight.ruling === undefined || isTold ? [] : [spotlight.ruling];
  return {
    effect: [...passed.map(({ ruling }) => ruling), ...told].reduce<Effect>(
      (sum, { effect }) => strongest(sum, effect),
      withheld.size > 0 ? 'redact' : 'allow',
    ),
    stopped: stopped.find(({ decision }) => decision.verdict === 'block') ?? stopped[0],
    rulings: [...rulings, ...told],
    present: now.map(({ ruling }) => ruling),
    firstNew,
    redactions,
    withheld,
    spotlit: spotlight.slices,
  };
}

/** What was found in the tool results of each message. */
function resultsOf(located: readonly Located[]): ReadonlyMap<number, readonly RecordedFinding[]> {
  const found = new Map<number, RecordedFinding[]>();
  for (const { point, finding, places } of located) {
    if (point !== 'tool-result') continue;
    for (const slice of new Set(places.map((place) => place.slice))) {
      const own = found.get(slice);
      if (own === undefined) found.set(slice, [finding]);
      else own.push(finding);
    }
  }
  return found;
}

interface Matched {
  readonly ruling: Ruling;
  readonly here: readonly Located[];
}

interface Present {
  readonly detected: DetectedRequest;
  readonly judge: Judge;
  readonly present: readonly Located[];
  readonly isNew: (slice: number) => boolean;
}

function rulePresent({ detected, judge, present, isNew }: Present): readonly Matched[] {
  const unseen = [...new Set(detected.slices.flatMap((slice) => slice.unseen.map(({ kind }) => kind)))];
  const lines = [...detected.slices.flatMap(({ uninspected }) => uninspected), ...detected.broken];
  const points = new Set<Checkpoint>(['input']);
  for (const [at, { segments }] of detected.slices.entries()) {
    if (isNew(at)) for (const { point } of segments) points.add(point);
  }
  for (const { point } of present) points.add(point);
  const filled = isNarrowed(judge.principal) ? filledPoints(detected) : points;
  for (const point of filled) points.add(point);
  return Array.from(points, (point) => {
    const here = present.filter((one) => one.point === point);
    const findings = here.map(({ finding }) => finding);
    const seen = { unseen: point === 'input' ? unseen : [], empty: !filled.has(point) };
    return { here, ruling: ruleGuard(judge, { point, findings, lines, ...seen }) };
  });
}

/** Each earlier message is judged on its own, so that one that was refused does not refuse every later turn. */
function rulePast(past: readonly Located[], judge: Judge): readonly Matched[] {
  const groups = new Map<string, Located[]>();
  for (const one of past) {
    const key = `${one.places[0]?.slice} ${one.point}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return Array.from(groups.values(), (here) => {
    const point = here[0]?.point ?? 'input';
    return { here, ruling: ruleGuard(judge, { point, findings: here.map(({ finding }) => finding), lines: [] }) };
  });
}

function stops({ decision }: Ruling): boolean {
  return decision.verdict !== 'allow';
}

/** The findings whose texts a ruling would change: those that it redacts, or all of a message that it withholds. */
function edited({ ruling, here }: Matched): readonly Redaction[] {
  return stops(ruling) ? here : chosen(here, ruling);
}

function touchesFixed(found: readonly Redaction[], { slices }: DetectedRequest): boolean {
  return found.some(({ places }) =>
    places.some(({ slice, segment }) => slices[slice]?.segments[segment]?.fixed === true),
  );
}

/** Nothing of a signed text can be taken out, so the request that carries it doesn't go on. */
function blocked({ ruling, here }: Matched): Matched {
  return { here, ruling: blockedFor(FIXED_CONTENT, ruling) };
}

function slicesOf(here: readonly Located[]): readonly number[] {
  return here.flatMap(({ places }) => places.map(({ slice }) => slice));
}

function chosen(here: readonly Located[], { decision }: Ruling): readonly Redaction[] {
  return decision.redact.flatMap((index) => {
    const one = here[index];
    if (one === undefined) return [];
    return decision.vault?.includes(index) === true ? { ...one, vaulted: true } : one;
  });
}

/**
 * Index of the first message that the assistant has not answered yet. An assistant message at the very end is a prefill: it
 * is new, like what it follows.
 */
export function firstNewMessage(slices: readonly DetectedSlice[]): number {
  let ended = true;
  for (let at = slices.length - 1; at >= 0; at -= 1) {
    const slice = slices[at];
    if (slice === undefined || slice.slice.kind !== 'message') continue;
    const assistant = slice.segments.some(({ origin }) => origin.role === 'assistant');
    if (assistant && !ended) return at + 1;
    if (!assistant) ended = false;
  }
  return 0;
}

/** A tool of the provider's own may be defined without any text. */
const NO_TEXT = { point: 'tool-definition', origin: { field: 'definition' } } as const;

function locate({ slices, across }: DetectedRequest): readonly Located[] {
  const located: Located[] = [];
  for (const [slice, { findings, segments, where }] of slices.entries()) {
    for (const { finding, places } of findings) {
      const { point, origin } = segments[places[0]?.segment ?? 0] ?? NO_TEXT;
      located.push({
        point,
        finding: { ...finding, where: recordedPlace(`${where}/${origin.field}`) },
        places: places.map((place) => ({ slice, ...place })),
      });
    }
  }
  for (const { finding, places } of across) {
    const detected = slices[places[0]?.slice ?? 0];
    const note = detected?.segments[places[0]?.segment ?? 0];
    if (detected === undefined || note === undefined) continue;
    located.push({
      point: note.point,
      finding: { ...finding, where: recordedPlace(`${detected.where}/${note.origin.field}`) },
      places,
    });
  }
  return located;
}
