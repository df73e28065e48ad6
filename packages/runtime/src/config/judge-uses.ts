import { JUDGE_USES, type JudgeUse, judgeId } from '@sallyport/core';
import type { DetectorSetting, JudgeConfig } from './config.ts';

/** The uses that configuration has. */
export function usesOf(judge: JudgeConfig): readonly JudgeUse[] {
  return JUDGE_USES.filter((use) => judge[use] !== undefined);
}

/** The uses, as detectors that routes may switch. */
export function judgeSettings(judge: JudgeConfig | undefined): readonly (readonly [string, DetectorSetting])[] {
  return JUDGE_USES.flatMap((use) => {
    const options = judge?.[use];
    if (options === undefined) return [];
    const { enabled, posture } = options;
    return [[judgeId(use), { enabled, posture }] as const];
  });
}
