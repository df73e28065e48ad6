export { createFlow, type FlowOptions, type LabelledTranscript, type TranscriptFlow } from './create-flow.ts';
export { FLOW_LIMITS, type FlowLimits } from './flow-limits.ts';
export { BLOCK_MESSAGES } from './index/index-block.ts';
export type { DocumentMarker } from './index/marked-documents.ts';
export * from './label.ts';
export { messageRef } from './message-ref.ts';
export {
  createSessions,
  SESSION_LIMITS,
  type SessionLimits,
  type SessionsOptions,
} from './sessions/create-sessions.ts';
export { isTellingId } from './sessions/is-telling-id.ts';
export {
  type FieldOverride,
  type OverrideProblem,
  readOverrides,
  type ToolOverride,
  type ToolOverrides,
} from './tools/tool-overrides.ts';
