import {
  CATEGORIES,
  type Category,
  CHECKPOINTS,
  type Checkpoint,
  type Effect,
  effectOf,
  type GuardQuestion,
  type PolicyEngine,
  type PolicyId,
  type Resource,
} from '@sallyport/core';

/** What happens to one hostile question. */
export interface ProbeResult {
  readonly point: Checkpoint;
  readonly category: Category;
  readonly effect: Effect;
  readonly policies: readonly PolicyId[];
  readonly monitored: readonly PolicyId[];
}

export interface ProbeReport {
  /** One per checkpoint and category, in their order. */
  readonly results: readonly ProbeResult[];
  /** Nothing happens, and nobody would know. */
  readonly unprotected: readonly ProbeResult[];
  /** Nothing happens, but a policy in monitor mode reports it. */
  readonly monitoredOnly: readonly ProbeResult[];
}

/** What the gateway asks about: a request's checkpoints are decided for the model that it goes to. */
const RESOURCES = {
  input: 'model',
  output: 'model',
  'tool-definition': 'model',
  'tool-call': 'tool',
  'tool-result': 'model',
  ingest: 'model',
} as const satisfies Record<Checkpoint, Resource['kind']>;

/** Facts of the probes that policies may ask for. */
export type ProbeScene = Partial<Pick<GuardQuestion, 'principal' | 'resource'>> & {
  readonly request?: Partial<GuardQuestion['context']['request']>;
};

/** The fixed hostile question of a checkpoint and a category: one finding with the highest score, of no type that policies could name. */
export function probeQuestion(point: Checkpoint, category: Category, scene: ProbeScene = {}): GuardQuestion {
  return {
    principal: scene.principal ?? { kind: 'service', id: 'probe', tenant: 'probe', groups: [] },
    point,
    resource: scene.resource ?? { kind: RESOURCES[point], id: 'probe', groups: [] },
    context: {
      request: {
        protocol: 'probe',
        route: 'probe',
        model: 'probe',
        stream: false,
        tools: [],
        messages: 1,
        bodyBytes: 1_000,
        ...scene.request,
      },
      findings: [{ category, type: 'probe', score: 1, detector: 'probe' }],
      unseen: [],
      unchecked: [],
    },
  };
}

/**
 * Asks every probe, and lists what would not be stopped. Policies that hold only for certain types of findings,
 * principals or routes protect those alone, and don't count here unless `scene` says so.
 */
export function probe(engine: PolicyEngine, scene: ProbeScene = {}): ProbeReport {
  const results = CHECKPOINTS.flatMap((point) =>
    CATEGORIES.map((category): ProbeResult => {
      const decision = engine.guard(probeQuestion(point, category, scene));
      const { policies, monitored } = decision;
      return { point, category, effect: effectOf(decision), policies, monitored };
    }),
  );
  const untouched = results.filter(({ effect }) => effect === 'allow');
  return {
    results,
    unprotected: untouched.filter(({ monitored }) => monitored.length === 0),
    monitoredOnly: untouched.filter(({ monitored }) => monitored.length > 0),
  };
}
