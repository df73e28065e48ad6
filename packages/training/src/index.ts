export { auc, type Share, shareAbove, thresholdAt } from './evaluation/metrics.ts';
export { GENERATED, type GenerateOptions, generateRows, type Hold } from './generators/generate-rows.ts';
export type { Channel, GeneratedRow } from './generators/generated-row.ts';
