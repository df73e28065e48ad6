import {
  type Detector,
  type JudgeUse,
  judgeId,
  type ModelJudge,
  type Provider,
  type ScoreBounds,
} from '@sallyport/core';
import type { DetectorSetting, JudgeConfig } from '../config/index.ts';
import { usesOf } from '../config/judge-uses.ts';
import { JudgeOffice, type JudgeParts } from './judge-office.ts';

/** A use without bounds is asked whatever the detectors say. */
const ALWAYS: ScoreBounds = { from: 0, to: 1 };

export interface StandingJudge {
  /** Its uses, which are switched, named and counted like detectors. */
  readonly uses: readonly Pick<Detector, 'id' | 'version'>[];
  /** What of it is on under the settings of a route; nothing where all is off. */
  forSettings(settings: Readonly<Record<string, DetectorSetting>>): ModelJudge | undefined;
}

export interface OpeningJudge extends Pick<JudgeParts, 'fingerprint' | 'clock'> {
  readonly config: JudgeConfig | undefined;
  readonly provider: (name: string) => Provider | undefined;
  /** What the assistant is for; empty where nothing is said. */
  readonly purpose: string;
}

/** The judge of the configuration: one office for all routes, so that its bounds hold for all of them together. */
export function openJudge({ config, provider: named, purpose, ...parts }: OpeningJudge): StandingJudge {
  const provider = config === undefined ? undefined : named(config.provider);
  if (config === undefined || provider === undefined) return NO_JUDGE;
  const uses = new Map<JudgeUse, ScoreBounds>(usesOf(config).map((use) => [use, boundsOf(config[use])]));
  const office = new JudgeOffice({ ...config, ...parts, provider, uses, ...(purpose !== '' && { purpose }) });
  return {
    uses: Array.from(uses.keys(), (use) => ({ id: judgeId(use), version: office.version })),
    forSettings: (settings) => {
      const on = new Map([...uses].filter(([use]) => settings[judgeId(use)]?.enabled === true));
      if (on.size === 0) return undefined;
      const { maxChars } = office;
      return {
        uses: on,
        maxChars,
        ask: (question) => office.ask(question),
        unasked: (use, reason) => office.unasked(use, reason),
      };
    },
  };
}

const NO_JUDGE: StandingJudge = { uses: [], forSettings: () => undefined };

function boundsOf(options: object | undefined): ScoreBounds {
  return { ...ALWAYS, ...(options !== undefined && isBounded(options) && { from: options.from, to: options.to }) };
}

function isBounded(options: object): options is ScoreBounds {
  return 'from' in options && 'to' in options;
}
