export type { ShownAlerts } from './admin/alerts.ts';
export type { ShownBudgets } from './admin/budgets.ts';
export type { ShownTimeline } from './admin/identities.ts';
export type { ShownSignals } from './admin/live.ts';
export type { ShownApproval } from './admin/shown-approval.ts';
export type { ShownTool, ShownToolChanges } from './admin/tools.ts';
export { DRAIN_MS, type RunningGateway, startGateway } from './start-gateway.ts';
export { logId, startWitness, type WitnessServer } from './witness/start-witness.ts';
