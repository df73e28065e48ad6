import { createHash } from 'node:crypto';
import {
  type Checkpoint,
  type ConversationInspector,
  type Detector,
  type Finding,
  type Inspected,
  type InspectedStream,
  type Inspection,
  type Inspector,
  type InspectorQuestion,
  SallyportError,
  type TextLayer,
} from '@sallyport/core';
import { VIEW_LIMITS, type ViewLimits, viewOf } from '@sallyport/text';
import { channelOf } from '../calibration/calibrated.ts';
import { type CalibratedThreshold, scaleOf } from '../calibration/recalibrate.ts';
import { inspectConversations, seesConversations } from './conversation-inspection.ts';
import { DECODING_LINE, ENGINE_VERSION } from './engine-lines.ts';
import { GrowingInspection } from './growing-inspection.ts';
import { inspectGuarded, lineOf, OUT_OF_TIME } from './guarded-run.ts';
import { askOf, type InspectionPlan, needsHits, planFor } from './inspection-plan.ts';
import type { InspectorBudgets, InspectorSettings } from './inspector-settings.ts';
import { type ReadLayers, readLayers } from './read-layers.ts';
import { settleFindings, type Thresholds } from './settle-findings.ts';

export const INSPECTOR_BUDGETS: InspectorBudgets = { callMs: 2_000 };

export interface InspectorOptions {
  readonly detectors: readonly Detector[];
  /** See `createFingerprinter` of `@sallyport/text`. */
  readonly fingerprint: Inspection['fingerprint'];
  readonly budgets?: Partial<InspectorBudgets>;
  readonly thresholds?: Thresholds;
  /** Where scores of detectors that can be calibrated are to stand at `ACTING_SCORE`; default: where they stand. */
  readonly calibration?: readonly CalibratedThreshold[];
  readonly limits?: ViewLimits;
  /** Monotonic clock, milliseconds; default `performance.now`. */
  readonly nowMs?: () => number;
}

/**
 * Puts detectors behind one interface (see `Inspector`). Findings come ordered by start, each match once.
 * When a limit stopped decoding, a line of `decoding` says `abstained`.
 * @throws {SallyportError} `INTERNAL` when two detectors have one id or see conversations, or a trigger is malformed
 * Cost: see `inspect`; the first question of each kind compiles its keywords, some milliseconds.
 */
export function createInspector(options: InspectorOptions): Inspector {
  return new DetectorInspector(options);
}

const NO_FINDINGS: readonly Finding[] = [];

class DetectorInspector implements Inspector {
  readonly version: string;
  readonly conversation?: ConversationInspector;
  readonly #detectors: readonly Detector[];
  readonly #settings: InspectorSettings;
  readonly #plans = new Map<string, InspectionPlan>();
  readonly #byPoint = new Map<Checkpoint, readonly Detector[]>();

  constructor(options: InspectorOptions) {
    const { detectors, fingerprint, budgets, thresholds = {}, calibration = [], limits = VIEW_LIMITS, nowMs } = options;
    const ids = new Set(detectors.map(({ id }) => id));
    if (ids.size < detectors.length) throw new SallyportError('INTERNAL', { detail: 'two detectors have the same id' });
    this.#detectors = detectors;
    this.#settings = {
      fingerprint,
      budgets: { ...INSPECTOR_BUDGETS, ...budgets },
      thresholds,
      scale: scaleOf(calibration),
      limits,
      nowMs: nowMs ?? (() => performance.now()),
    };
    this.version = versionOf(detectors, this.#settings);
    const [sees, another] = detectors.filter(seesConversations);
    if (another !== undefined) throw new SallyportError('INTERNAL', { detail: 'two detectors see conversations' });
    if (sees === undefined) return;
    const inspect = (text: string, question: InspectorQuestion) => this.inspect(text, question);
    this.conversation = inspectConversations(sees, { fingerprint, inspect });
  }

  at(point: Checkpoint): readonly Detector[] {
    const known = this.#byPoint.get(point);
    if (known !== undefined) return known;
    const here = this.#detectors.filter((detector) => detector.points.includes(point));
    this.#byPoint.set(point, here);
    return here;
  }

  inspect(text: string, question: InspectorQuestion): Inspected {
    const plan = this.#planOf(question);
    const view = viewOf(text, this.#settings.limits);
    const { scanner } = plan;
    const [base] = view.layers;
    if (base === undefined || view.layers.length > 1 || view.truncated || !plan.quietWithoutHits) {
      return inspectView(plan, readLayers(scanner, view), { question, settings: this.#settings });
    }
    const hits = scanner.scan(text);
    const read = readLayers(scanner, view, [[base, hits]]);
    const quiet = read.view === view && !plan.detectors.some(({ id }) => hits.fired(id));
    if (quiet) return { findings: NO_FINDINGS, lines: plan.abstentions.applied(plan.quietLines, [text]) };
    return inspectView(plan, read, { question, settings: this.#settings });
  }

  stream(question: InspectorQuestion): InspectedStream {
    return new GrowingInspection(this.#planOf(question), question, this.#settings);
  }

  #planOf({ point, only }: InspectorQuestion): InspectionPlan {
    const key = `${point} ${only ?? ''}`;
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const detectors = this.at(point).filter((detector) => only === undefined || detector.cache === only);
    const plan = planFor(detectors);
    this.#plans.set(key, plan);
    return plan;
  }
}

interface Asked {
  readonly question: InspectorQuestion;
  readonly settings: InspectorSettings;
}

/** Every text passes here: objects are built field by field, since spreading one takes as long as a detector on a short text. */
function inspectView(plan: InspectionPlan, { view, hits }: ReadLayers, { question, settings }: Asked): Inspected {
  const { budgets, fingerprint, nowMs, thresholds, scale } = settings;
  const source = { question, fingerprint, hitsIn: (layer: TextLayer) => hits.get(layer) };
  const deadlineMs = nowMs() + budgets.callMs;
  const scanned = [...hits.values()];
  const findings: Finding[] = [];
  let lines = plan.quietLines;
  for (let index = 0; index < plan.detectors.length; index += 1) {
    const detector = plan.detectors[index] as Detector;
    if (needsHits(detector) && !scanned.some((found) => found.fired(detector.id))) continue;
    const outcome = nowMs() > deadlineMs ? OUT_OF_TIME : inspectGuarded(detector, view, askOf(detector, source));
    if (outcome.status === 'inspected') findings.push(...outcome.findings);
    else lines = lines.with(index, lineOf(detector, outcome));
  }
  if (view.truncated) lines = [...lines, DECODING_LINE];
  return {
    findings: settleFindings(findings, view, { thresholds, scale, channel: channelOf(question) }),
    lines: plan.abstentions.applied(
      lines,
      view.layers.map((layer) => layer.text),
    ),
  };
}

function versionOf(
  detectors: readonly Detector[],
  configuration: Pick<InspectorSettings, 'thresholds' | 'scale' | 'limits'>,
): string {
  const parts = detectors.map(({ id, version }) => [id, version]).sort();
  const thresholds = Object.entries(configuration.thresholds).sort();
  const { maxDepth, maxRuns, maxGrowth } = configuration.limits;
  const scale = [...configuration.scale].sort();
  const stated = JSON.stringify([ENGINE_VERSION, parts, thresholds, [maxDepth, maxRuns, maxGrowth], scale]);
  return createHash('sha256').update(stated).digest('hex');
}
