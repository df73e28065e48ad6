import type { Category, Channel, Finding, InspectorQuestion, Role, ScoredText } from '@sallyport/core';
import { CALIBRATED } from '@sallyport/detectors';
import { languageGroupOf } from '@sallyport/text';
import type { Config } from '../config/index.ts';
import { openInspectors, versionsOfCalibrated } from '../inspectors.ts';

/** What texts score by the detectors whose scores can be calibrated, before any calibration. */
export interface TextScorer {
  /** Versions by id. */
  readonly detectors: Readonly<Record<string, string>>;
  /** @param role who speaks in the direct channel, default `user` */
  score(text: string, channel: Channel, role?: Role): ScoredText;
}

export function openTextScorer(config: Config): TextScorer {
  const raw = { ...config, calibration: { ...config.calibration, file: undefined } };
  const inspectors = openInspectors(raw, () => '');
  const settings = inspectors.detectors.map(
    ({ id }) => [id, { enabled: CALIBRATED.has(id), posture: 'closed' }] as const,
  );
  const inspector = inspectors.forSettings(Object.fromEntries(settings));
  return {
    detectors: versionsOfCalibrated(inspectors.detectors),
    score: (text, channel, role = 'user') => {
      const { findings } = inspector.inspect(text, { ...questionOf(channel, role), only: 'content' });
      return { channel, language: languageGroupOf(text), scores: rawScoresOf(findings) };
    },
  };
}

function questionOf(channel: Channel, role: Role): Pick<InspectorQuestion, 'point' | 'origin'> {
  if (channel === 'data') return { point: 'tool-result', origin: { role: 'tool', field: 'content' } };
  return { point: 'input', origin: { role, field: 'content' } };
}

/** The highest of the detectors' own scores by category, of what can be calibrated. */
export function rawScoresOf(
  findings: readonly Pick<Finding, 'detector' | 'score' | 'rawScore'>[],
): Readonly<Partial<Record<Category, number>>> {
  const highest: Partial<Record<Category, number>> = {};
  for (const { detector, score, rawScore = score } of findings) {
    const category = CALIBRATED.get(detector);
    if (category !== undefined) highest[category] = Math.max(highest[category] ?? 0, rawScore);
  }
  return highest;
}
