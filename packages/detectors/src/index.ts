export { CALIBRATED, CALIBRATED_CATEGORIES, channelOf } from './calibration/calibrated.ts';
export { ACTING_SCORE, type CalibratedCell, type CalibratedThreshold, cellName } from './calibration/recalibrate.ts';
export * from './catalogue.ts';
export { ContentModel, type ContentModelFile } from './content/content-model.ts';
export { CONTENT_TYPES, type ContentType } from './content/content-types.ts';
export {
  type Chunk as ContentChunk,
  chunksIn as contentChunks,
  conceptsOf as contentConcepts,
  featuresOf as contentFeatures,
} from './content/features.ts';
export { type CustomDetectorOptions, createCustomDetector } from './custom/create-custom-detector.ts';
export { CUSTOM_LIMITS, DEFAULT_MAX_MATCH_CHARS } from './custom/limits.ts';
export {
  createInspector,
  INSPECTOR_BUDGETS,
  type InspectorOptions,
} from './engine/create-inspector.ts';
export { MAX_HELD_CHARS, MAX_WHOLE_CHARS } from './engine/growing-inspection.ts';
export type { InspectorBudgets } from './engine/inspector-settings.ts';
export type { Thresholds } from './engine/settle-findings.ts';
export { type FeatureOptions, forEachFeature } from './linear/features.ts';
export { LinearModel, type StrongestWindow } from './linear/linear-model.ts';
export {
  type Line,
  type LinearHead,
  type LinearWeights,
  SCRIPT_GROUPS,
  type ScriptGroup,
  writeModel,
} from './linear/model-file.ts';
export { readingsOf, scriptGroupOf } from './linear/readings.ts';
export { createPromptInjectionDetector } from './prompt-injection/detector.ts';
export type { LearnedModels } from './prompt-injection/learned.ts';
export {
  CROSS_REFERENCES_MAX_CHARS,
  CROSS_REFERENCES_VERSION,
  type CrossReader,
  type CrossReference,
  crossReferences,
} from './tool-integrity/cross-references.ts';
