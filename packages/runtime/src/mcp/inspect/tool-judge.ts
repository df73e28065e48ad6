import { hash, randomBytes } from 'node:crypto';
import {
  BoundedCache,
  type DetectedRequest,
  type DetectedSlice,
  type DetectionMemory,
  detectRequest,
  type Effect,
  type Fault,
  type FlowFacts,
  isFault,
  type Judge,
  type Principal,
  type Ruling,
  ruleAccess,
  ruleCall,
  type SinkRole,
  type ToolDefinition,
} from '@sallyport/core';
import { type McpResult, openSchema, sliceMessage } from '@sallyport/mcp';
import type { PolicyProblem } from '@sallyport/policy';
import { createFingerprinter } from '@sallyport/text';
import { openDirectory } from '../../access/open-directory.ts';
import type { Config, McpServerConfig } from '../../config/index.ts';
import { openFlows } from '../../flow/open-flows.ts';
import { openInspectors } from '../../inspectors.ts';
import { loadPolicies } from '../../load-policies.ts';
import { LIST } from '../wall/admit-answer.ts';
import { MCP, routeOf, type ToolPlace, toolOf } from '../wall/guarded-server.ts';
import { ruleDefinitions } from '../wall/judge-message.ts';
import { sampleCall } from './sample-call.ts';

/** What was decided, and by which policies. */
export interface ShownRuling {
  readonly effect: Effect;
  readonly policies: readonly string[];
}

/** A tool of a server, without a text of its definition but for names. */
export interface InspectedTool {
  readonly name: string;
  readonly effect: 'read' | 'write';
  readonly outward: boolean;
  readonly destructive: boolean;
  /** What its arguments decide, by their names. */
  readonly arguments: readonly { readonly name: string; readonly role: SinkRole }[];
  /** What a call is given can be checked against what the tool says of its arguments; else none passes. */
  readonly isCheckable: boolean;
  /** What detectors found in the definition, the worst first. */
  readonly risks: readonly { readonly type: string; readonly score: number; readonly where: string }[];
  /** Access policy on a call. */
  readonly access: ShownRuling;
  /** Guard policy on the definition. */
  readonly definition: ShownRuling;
  /** Guard policy on a call in which nothing else is found. */
  readonly calls: { readonly fromUser: ShownRuling; readonly fromText: ShownRuling };
}

/** Says of the tools in a list what the wall would say of them. */
export interface ToolJudge {
  tools(page: McpResult): readonly InspectedTool[] | Fault;
}

const REMEMBERED = { maxEntries: 4_096, maxWeight: 16_777_216 };
const KEY_BYTES = 32;

/** The wall's detectors, policies and directory for one server, without a house: nothing is recorded, nothing remembered. */
export function openToolJudge(
  config: Config,
  { server, principal }: { readonly server: McpServerConfig; readonly principal: Principal },
): ToolJudge | { readonly problems: readonly PolicyProblem[] } {
  const fingerprint = createFingerprinter(randomBytes(KEY_BYTES));
  const inspectors = openInspectors(config, fingerprint);
  const loaded = loadPolicies(config.policies, inspectors.findingTypes);
  if (!loaded.ok) return { problems: loaded.problems };
  const inspector = inspectors.forSettings(server.detectors);
  const directory = openDirectory(config.access);
  const memory: DetectionMemory = {
    slices: new BoundedCache(REMEMBERED),
    contexts: new BoundedCache(REMEMBERED),
    pairs: new BoundedCache(REMEMBERED),
    scopes: new Map(),
    digest: (bytes) => hash('sha256', bytes, 'base64'),
    canaries: config.detectors['context-leak'].canaries,
  };
  const place: ToolPlace = { house: { directory }, server: { route: routeOf(server.name) } };
  const judge: Judge = {
    engine: loaded.engine,
    principal: directory.member(principal),
    resource: { kind: 'data-source', id: place.server.route, groups: [] },
    facts: {
      protocol: MCP,
      route: place.server.route,
      model: '',
      stream: false,
      tools: [],
      messages: 1,
      bodyBytes: 0,
    },
    directory,
    postureOf: (detector) => server.detectors[detector]?.posture ?? 'closed',
  };
  const scope = { tenant: principal.tenant, endpoint: `${MCP} server ${LIST}`, inspector };
  const flow = openFlows(config.flow.tools)({ documents: [] }, inspector);
  return {
    tools: (page) => {
      const detected = detectRequest(sliceMessage(page, { from: 'server', answers: { method: LIST } }), scope, memory);
      return isFault(detected) ? detected : inspectAll(detected, { place, judge, flow });
    },
  };
}

interface JudgingParts {
  readonly place: ToolPlace;
  readonly judge: Judge;
  readonly flow: ReturnType<ReturnType<typeof openFlows>>;
}

function inspectAll(detected: DetectedRequest, parts: JudgingParts): readonly InspectedTool[] {
  return detected.slices.flatMap((each) => {
    const content = each.slice.kind === 'tool-definition' ? each.slice.open() : undefined;
    const definition = content === undefined || isFault(content) ? undefined : content.definitions?.[0];
    return definition === undefined ? [] : inspectOne(definition, { each, detected }, parts);
  });
}

interface FoundTool {
  readonly each: DetectedSlice;
  readonly detected: DetectedRequest;
}

function inspectOne(definition: ToolDefinition, { each, detected }: FoundTool, parts: JudgingParts): InspectedTool {
  const { place, judge } = parts;
  const { name } = definition;
  const [ruled] = ruleDefinitions({ ...detected, slices: [each] }, judge, place).rulings;
  const context = { route: place.server.route, protocol: MCP };
  const resource = toolOf(place, name);
  const access = ruleAccess(judge, { principal: judge.principal, action: 'call-tool', resource, context });
  const { facts, leaves, calls } = callsOf(definition, parts);
  return {
    name,
    effect: facts.tool.effect,
    outward: facts.tool.outward,
    destructive: facts.tool.destructive,
    arguments: leaves,
    isCheckable: !isFault(openSchema(definition.parameters ?? {})),
    risks: risksOf(each),
    access: shown(access),
    definition: ruled === undefined ? NOTHING_FOUND : shown(ruled),
    calls,
  };
}

const NOTHING_FOUND: ShownRuling = { effect: 'allow', policies: [] };

interface JudgedCalls extends Pick<InspectedTool, 'calls'> {
  readonly facts: FlowFacts;
  readonly leaves: InspectedTool['arguments'];
}

/** What guard policy says of a call whose values the user wrote, and of one whose values stood in somebody else's text. */
function callsOf(definition: ToolDefinition, { place, judge, flow }: JudgingParts): JudgedCalls {
  const { name } = definition;
  const { given, fromUser, fromText } = sampleCall(definition);
  const rule = (transcript: typeof fromUser) => {
    const traced = flow.label(transcript).trace({ tool: name, arguments: given });
    const called = { name, where: 'call/arguments', groups: [place.server.route] };
    return { traced, guard: shown(ruleCall(judge, called, { found: [], lines: [], flow: traced, given }).guard) };
  };
  const [user, text] = [rule(fromUser), rule(fromText)];
  const roles = new Map(user.traced.arguments.map(({ path, role }) => [path.replace(/\[0\]$/, ''), role]));
  return {
    facts: user.traced.facts,
    leaves: Array.from(roles, ([argument, role]) => ({ name: argument, role })),
    calls: { fromUser: user.guard, fromText: text.guard },
  };
}

function risksOf({ findings, segments }: DetectedSlice): InspectedTool['risks'] {
  const risks = findings.map(({ finding: { type, score }, places }) => {
    const where = segments[places[0]?.segment ?? 0]?.origin.field ?? 'definition';
    return { type, score, where };
  });
  return risks.sort((a, b) => b.score - a.score);
}

function shown({ effect, decision }: Ruling): ShownRuling {
  return { effect, policies: [...new Set([...decision.policies, ...decision.flags])] };
}
