export { describeProblem, type PolicyProblem } from '@sallyport/policy';
export { REASON_MAX_CHARS } from './approvals/approval-office.ts';
export * from './audit-trail.ts';
export * from './config/index.ts';
export {
  ContentOffice,
  type ContentVerdict,
  type ErasedSubject,
  EXPORT_PAGE_MAX,
  type ExportPage,
  type ShownPayload,
} from './content/content-office.ts';
export * from './content/names-subject.ts';
export * from './content/open-content-desk.ts';
export * from './content/parse-subject.ts';
export { spanRiskOf } from './flow/span-risk.ts';
export {
  createGatewayKey,
  KEY_NAME,
  type KeyOwner,
  type KeyTerms,
  OVERLAP_MAX_MS,
  type ShownKey,
} from './gateway-keys.ts';
export type { HouseHooks, HouseStatus, Notice, OpenHouse, PolicyReport, Readiness } from './house.ts';
export type { PeerCertificate, Presented } from './identity/presented.ts';
export * from './open-gateway-keys.ts';
export { openHouse } from './open-house.ts';
export * from './open-inspection.ts';
export * from './review-policies.ts';
export { TOOLS_LISTED_MAX, type ToolOffice } from './tools/tool-office.ts';
