/** Sets of policies as operators write them, and questions about them: the same at each run. */

const GROUPS = 20;
const TYPES = ['email', 'phone', 'iban', 'payment-card', 'jwt'];
const CATEGORIES = /** @type {const} */ (['injection', 'secrets', 'personal-data', 'exfiltration', 'hidden-text']);
const POINTS = /** @type {const} */ (['input', 'output', 'tool-result', 'tool-call', 'tool-definition']);
export const FINDING_TYPES = TYPES;

/** Guard policies in turn: by category, by type, by group, by route and model, by provider, by tool. @type {readonly ((n: number) => string)[]} */
const KINDS = [
  (n) => `${scope(n, 'principal')} when { context.risk["${of(CATEGORIES, n)}"] >= ${500 + (n % 5) * 100} };`,
  (n) => `${scope(n, `principal in Group::"team-${n % GROUPS}"`)} when { context.found["${of(TYPES, n)}"] > 0 };`,
  (n) =>
    `${scope(n, `principal is Agent in Group::"team-${n % GROUPS}"`)} when { context.request.route == "route-${n % 7}" && !context.unseen.isEmpty() };`,
  (n) =>
    `${scope(n, 'principal')} when { context.request.model like "model-${n % 9}-*" && context.request.messages > ${n % 50} } unless { principal in Group::"team-${n % GROUPS}" };`,
  (n) =>
    `${scope(n, 'principal', `resource in Provider::"provider-${n % 5}"`)} when { context.risk["${of(CATEGORIES, n)}"] >= 700 };`,
  (n) =>
    `@id("p${n}") @effect("ask") forbid (principal, action == Action::"tool-call", resource in ToolGroup::"writes") when { context.session.tainted && ["free", "none"].contains(context.flow.destination.source) && context.flow.destination.spanRisk >= ${400 + (n % 4) * 100} };`,
];

/**
 * @param {number} n
 * @param {string} principal
 */
function scope(n, principal, resource = 'resource') {
  const points = n % 3 === 0 ? 'action' : `action in [Action::"${of(POINTS, n)}", Action::"${of(POINTS, n + 1)}"]`;
  const effect = n % 4 === 0 ? '@effect("block")' : '@effect("flag")';
  return `@id("p${n}") ${effect} forbid (${principal}, ${points}, ${resource})`;
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} n
 * @returns {T}
 */
function of(list, n) {
  return /** @type {T} */ (list[n % list.length]);
}

/** @param {number} size */
export function guardPolicies(size) {
  return Array.from({ length: size }, (_, n) => of(KINDS, n)(n)).join('\n');
}

/**
 * Questions of all checkpoints, with none to four findings.
 * @param {number} count
 * @returns {import('@sallyport/core').GuardQuestion[]}
 */
export function questions(count) {
  return Array.from({ length: count }, (_, n) => ({
    principal: {
      kind: n % 2 === 0 ? 'agent' : 'user',
      id: `someone-${n % 100}`,
      tenant: 'default',
      groups: [`team-${n % GROUPS}`, `team-${(n * 7) % GROUPS}`],
    },
    point: of(POINTS, n),
    resource:
      of(POINTS, n) === 'tool-call'
        ? { kind: 'tool', id: `tool-${n % 30}`, groups: ['writes', 'outward', 'takes-destination'] }
        : { kind: 'model', id: `model-${n % 9}-large`, provider: `provider-${n % 5}`, groups: [] },
    context: {
      request: {
        protocol: 'openai-chat',
        route: `route-${n % 7}`,
        model: `model-${n % 9}-large`,
        stream: n % 2 === 0,
        tools: ['search', 'send_mail', 'run'],
        messages: n % 60,
        bodyBytes: 4_000 + n,
      },
      findings: Array.from({ length: n % 5 }, (__, at) => ({
        category: of(CATEGORIES, n + at),
        type: of(TYPES, n + at),
        score: ((n * 37 + at * 11) % 100) / 100,
        detector: 'bench',
      })),
      unseen: n % 11 === 0 ? ['image'] : [],
      unchecked: [],
      ...(of(POINTS, n) === 'tool-call' && { flow: FLOW }),
    },
  }));
}

/** @type {import('@sallyport/core').RoleFacts} */
const ROLE = {
  source: 'free',
  spanRisk: 550,
  solicited: true,
  lookalike: false,
  named: false,
  attributed: false,
  endorsed: false,
  endorsements: [],
  carriedSolicited: false,
  confidential: 0,
};

/** @type {import('@sallyport/core').FlowFacts} */
const FLOW = {
  tool: { name: 'send_mail', defined: true, effect: 'write', outward: true, destructive: false },
  action: { source: 'user' },
  flow: { destination: ROLE, content: ROLE },
  session: {
    tainted: true,
    ruleOfTwo: { untrusted: true, private: false, outward: true, count: 2 },
    calls: { total: 4, writes: 1, sameTool: 1, sameToolWithin10: 1, formerly: ['search', 'send_mail'] },
  },
};
