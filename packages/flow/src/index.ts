export { createFlow, type FlowOptions, type LabelledTranscript, type TranscriptFlow } from './create-flow.ts';
export { FLOW_LIMITS, type FlowLimits } from './flow-limits.ts';
export { FLOW_POLICIES, type FlowPolicyName, type FlowQuestion, flowPolicies } from './flow-policies.ts';
export * from './label.ts';
export { messageRef } from './message-ref.ts';
export {
  type FieldOverride,
  type OverrideProblem,
  readOverrides,
  type ToolOverride,
  type ToolOverrides,
} from './tools/tool-overrides.ts';
