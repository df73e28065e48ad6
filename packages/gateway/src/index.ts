export { ADMIN, type ShownApproval } from './admin/shown-approval.ts';
export type { ShownTool } from './admin/tools.ts';
export { DRAIN_MS, type RunningGateway, startGateway } from './start-gateway.ts';
