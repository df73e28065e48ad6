export { createFlow, type Flow, type FlowOptions, type LabelledTranscript } from './create-flow.ts';
export * from './facts/flow-facts.ts';
export { FLOW_LIMITS, type FlowLimits } from './flow-limits.ts';
export { FLOW_POLICIES, type FlowPolicyName, type FlowQuestion, flowPolicies } from './flow-policies.ts';
export * from './label.ts';
export { SINK_ROLES, type SinkRole } from './tools/sink-role.ts';
export {
  type FieldOverride,
  type OverrideProblem,
  readOverrides,
  type ToolOverride,
  type ToolOverrides,
} from './tools/tool-overrides.ts';
export * from './transcript.ts';
