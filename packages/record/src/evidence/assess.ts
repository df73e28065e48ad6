import type { Category, Checkpoint, Effect, LeafIndex, PolicyId } from '@sallyport/core';
import type { Control, Framework, Setting, Speaks } from './framework.ts';
import type { PeriodReport } from './period-figures.ts';

/** What stands when the evidence is taken: policies as they answer hostile probes, detectors, settings. */
export interface StandingFacts {
  /** Every type of finding that policies may name: what is needed to load them again. */
  readonly findingTypes: readonly string[];
  /** What the tools that policies name say of their arguments, JSON, by action: needed for it too. Absent where they name none. */
  readonly toolSchemas?: Readonly<Record<string, string>>;
  readonly probes: readonly {
    readonly point: Checkpoint;
    readonly category: Category;
    readonly effect: Effect;
    readonly policies: readonly PolicyId[];
    readonly monitored: readonly PolicyId[];
  }[];
  readonly detectors: readonly {
    readonly id: string;
    readonly version: string;
    /** Names of routes on which it is switched off. */
    readonly off: readonly string[];
  }[];
  readonly settings: Readonly<Record<Setting, { readonly holds: boolean; readonly says: string }>>;
}

/** Whether all of what it names holds, some, or nothing. */
export type Holding = 'holds' | 'partly' | 'lacking';

export interface SpeaksReport {
  readonly says: string;
  readonly holding: Holding;
  /** Of hostile probes: how many, those that something happens to, and those that nothing does. */
  readonly probes?: {
    readonly asked: number;
    readonly met: number;
    readonly policies: readonly PolicyId[];
    readonly unmet: readonly { readonly point: Checkpoint; readonly category: Category; readonly monitored: boolean }[];
  };
  readonly detectors: readonly {
    readonly id: string;
    readonly version: string;
    readonly holds: boolean;
    readonly says: string;
  }[];
  readonly settings: readonly { readonly id: Setting; readonly holds: boolean; readonly says: string }[];
  readonly figures: Readonly<Record<string, number>>;
  /** Leaves of the log that counted for the figures: the newest of each. */
  readonly examples: readonly LeafIndex[];
}

export interface ControlReport extends Pick<Control, 'id' | 'title' | 'verified' | 'notCovered'> {
  /** Of what speaks for it here; what is `notCovered` stands beside it, always. `lacking` too where nothing speaks for it. */
  readonly holding: Holding;
  readonly speaks: readonly SpeaksReport[];
}

export interface FrameworkReport extends Pick<Framework, 'id' | 'version' | 'title' | 'publisher' | 'source' | 'note'> {
  readonly controls: readonly ControlReport[];
}

/** As far as an assessment asks for them. */
export interface CountedFigures {
  report(): Pick<PeriodReport, 'figures'>;
  /** Leaves that counted for a figure, the newest of them. */
  examples(figure: string): readonly LeafIndex[];
}

/** Holds a framework against what stands, and against what the records of a period show. */
export function assess(framework: Framework, facts: StandingFacts, figures: CountedFigures): FrameworkReport {
  const { controls, ...about } = framework;
  const counts = figures.report().figures;
  return {
    ...about,
    controls: controls.map(({ id, title, verified, notCovered, speaks }) => {
      const reports = speaks.map((each) => assessOne(each, facts, { counts, figures }));
      return {
        id,
        title,
        verified,
        notCovered,
        holding: overall(reports.map(({ holding }) => holding)),
        speaks: reports,
      };
    }),
  };
}

interface Counted {
  readonly counts: Readonly<Record<string, number>>;
  readonly figures: CountedFigures;
}

function assessOne(speaks: Speaks, facts: StandingFacts, { counts, figures }: Counted): SpeaksReport {
  const probes = speaks.probes === undefined ? undefined : probesOf(speaks.probes, facts);
  const detectors = (speaks.detectors ?? []).map((id) => detectorOf(id, facts));
  const settings = (speaks.settings ?? []).map((id) => ({ id, ...facts.settings[id] }));
  const parts: Holding[] = [...detectors, ...settings].map(({ holds }) => (holds ? 'holds' : 'lacking'));
  if (probes !== undefined) parts.push(probes.met === probes.asked ? 'holds' : probes.met > 0 ? 'partly' : 'lacking');
  return {
    says: speaks.says,
    // What is shown by figures alone holds when there are any.
    holding:
      parts.length > 0 ? overall(parts) : speaks.figures.some((name) => (counts[name] ?? 0) > 0) ? 'holds' : 'lacking',
    ...(probes !== undefined && { probes }),
    detectors,
    settings,
    figures: Object.fromEntries(speaks.figures.map((name) => [name, counts[name] ?? 0])),
    examples: [...new Set(speaks.figures.flatMap((name) => figures.examples(name)))].sort((a, b) => a - b),
  };
}

function probesOf(
  { points, categories }: NonNullable<Speaks['probes']>,
  facts: StandingFacts,
): SpeaksReport['probes'] & object {
  const asked = facts.probes.filter(({ point, category }) => points.includes(point) && categories.includes(category));
  const unmet = asked.filter(({ effect }) => effect === 'allow');
  return {
    asked: asked.length,
    met: asked.length - unmet.length,
    policies: [...new Set(asked.flatMap(({ policies }) => policies))].sort(),
    unmet: unmet.map(({ point, category, monitored }) => ({ point, category, monitored: monitored.length > 0 })),
  };
}

function detectorOf(id: string, { detectors }: StandingFacts): SpeaksReport['detectors'][number] {
  const found = detectors.find((detector) => detector.id === id);
  if (found === undefined) return { id, version: '', holds: false, says: 'no such detector is installed' };
  const { version, off } = found;
  if (off.length === 0) return { id, version, holds: true, says: 'on, on every route' };
  return { id, version, holds: false, says: `switched off on ${off.join(', ')}` };
}

function overall(parts: readonly Holding[]): Holding {
  if (parts.length === 0 || parts.every((part) => part === 'lacking')) return 'lacking';
  return parts.every((part) => part === 'holds') ? 'holds' : 'partly';
}
