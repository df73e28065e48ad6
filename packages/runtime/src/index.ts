export { CALIBRATED_CATEGORIES, channelOf } from '@sallyport/detectors';
export {
  FALSE_ALARMS_SHARE,
  IDENTITY_LEARNING_ANSWERS,
  type ImpactReport,
  impactHtml,
  type ReportPeriod,
  SCOPES as SIGNAL_SCOPES,
  type Scope as SignalScope,
  type VendorReport,
  vendorHtml,
} from '@sallyport/monitor';
export {
  compareSets,
  describeProblem,
  type PolicyProblem,
  type PolicySetDifference,
  probe,
  readStarterPack,
  STARTER_PACKS,
  type StarterPack,
  starterFolder,
} from '@sallyport/policy';
export {
  builtInFrameworks,
  type Evidence,
  type Framework,
  type PackProblem,
  type PackReport,
  parseFramework,
} from '@sallyport/record';
export { BASELINE_MAX_BYTES, BASELINE_NAME, readFeedback } from '@sallyport/stores';
export { REVIEWED_KINDS } from './access/review/access-usage.ts';
export { openAccessReview, REVIEW_FILE, type ReviewReport } from './access/review/open-access-review.ts';
export { ALERT_STATES, type Alert, type AlertState } from './alerts/alert-book.ts';
export type { AlertStatus } from './alerts/alert-room.ts';
export { REASON_MAX_CHARS } from './approvals/approval-office.ts';
export { WEBHOOK_DECISION } from './approvals/webhook-inbox.ts';
export * from './audit/offline.ts';
export { type OpenWitness, openWitness, type WitnessRequest } from './audit/open-witness.ts';
export type { WitnessStanding, WitnessStatus } from './audit/witness-rounds.ts';
export * from './audit-trail.ts';
export {
  type BaselineReport,
  type ComparedBaseline,
  compareWithBaseline,
} from './baseline/compare-with-baseline.ts';
export { baselineNames, type RecordedBaseline, recordBaseline } from './baseline/record-baseline.ts';
export { BUDGETS_SHOWN_MAX, type BudgetOffice, type ShownBudget } from './budgets/budget-office.ts';
export {
  type Calibration,
  type CalibrationCell,
  calibrationText,
} from './calibration/calibration-file.ts';
export { CalibrationSample } from './calibration/calibration-sample.ts';
export { FEEDBACK_LISTED_MAX, type FeedbackOffice } from './calibration/feedback-office.ts';
export { openTextScorer, type TextScorer } from './calibration/open-text-scorer.ts';
export * from './config/index.ts';
export {
  CONTAINED_MAX_MS,
  CONTAINED_MIN_MS,
  CONTAINED_NAME_MAX_CHARS,
  type ContainmentOffice,
  PER_MINUTE_MAX,
} from './containment/containment-office.ts';
export {
  type ContentFault,
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
export { checkEvidence, type EvidenceAsk, frameworkNamed, makeEvidence } from './evidence/make-evidence.ts';
export { spanRiskOf } from './flow/span-risk.ts';
export {
  createGatewayKey,
  KEY_NAME,
  type KeyOwner,
  type KeyTerms,
  OVERLAP_MAX_MS,
  type ShownKey,
} from './gateway-keys.ts';
export { type DrillDesk, openDrillDesk } from './identity/open-drill-desk.ts';
export type { PeerCertificate, Presented } from './identity/presented.ts';
export { Backtest, type BacktestReport } from './lifecycle/backtest.ts';
export { type ExplainedDecision, type ExplainedExchange, explainExchange } from './lifecycle/explain-exchange.ts';
export { type PolicyCase, readPolicyCases } from './lifecycle/policy-cases.ts';
export { preparePromotion, writePromotion } from './lifecycle/promote-policies.ts';
export { type CaseResult, runPolicyCases } from './lifecycle/run-policy-cases.ts';
export { SamplePositions } from './lifecycle/sample-positions.ts';
export { signPolicies } from './lifecycle/sign-policies.ts';
export { loadPolicies } from './load-policies.ts';
export {
  AUTHORIZATION_PATH,
  type AuthorizationOffice,
  type UpstreamCredential,
  type UpstreamRefusal,
} from './mcp/authorization/authorization-office.ts';
export type { ShownAuthorization } from './mcp/authorization/authorization-register.ts';
export type { AskedConsent } from './mcp/authorization/consent-desk.ts';
export type { Asker } from './mcp/authorization/pending-consents.ts';
export type { Entrant, EntryRefusal } from './mcp/authorization/server-doors.ts';
export { type InspectedServer, inspectServer, type NotInspected } from './mcp/inspect/inspect-server.ts';
export type { ThroughGateway } from './mcp/inspect/list-tools.ts';
export type { InspectedTool, ShownRuling } from './mcp/inspect/tool-judge.ts';
export type { McpRoom, ServedEnd } from './mcp/mcp-room.ts';
export type { ClientRequest, ClientWriter } from './mcp/transport/client-request.ts';
export * from './open-gateway-keys.ts';
export { openHouse } from './open-house.ts';
export type { HouseHooks, HouseStatus, Notice, OpenHouse, PolicyReport, Readiness } from './open-house-contract.ts';
export * from './open-inspection.ts';
export type { AdminCall } from './operators/admin-call.ts';
export { ADMIN, ADMIN_NAME, type KnownOperator } from './operators/known-operator.ts';
export type { ShownToAdmin } from './operators/operator-door.ts';
export type { OperatorRoom } from './operators/operator-room.ts';
export { type NewOperator, operatorKey, type ShownOperator, shownOperator } from './operators/operator-token.ts';
export {
  isRole,
  OPERATOR_ROLES,
  type OperatorRole,
  PERMISSIONS,
  type Permission,
  permits,
  type RecordedAs,
  recordedAs,
} from './operators/roles.ts';
export type { IdentityLedger } from './provider-identity/identity-ledger.ts';
export type { ShownIdentity } from './provider-identity/standing-identity.ts';
export { type DemoMind, mindShares } from './providers/demo-mind.ts';
export { impactReport, vendorReport } from './reports/offline-reports.ts';
export type { ReportAsk } from './reports/read-report.ts';
export type { ReportRoom } from './reports/report-room.ts';
export * from './review-policies.ts';
export type { MetricFamily } from './telemetry/otlp/otlp-metrics.ts';
export type { TelemetryStatus } from './telemetry/telemetry-room.ts';
export { TOOLS_LISTED_MAX, type ToolOffice, type WaitingChange } from './tools/tool-office.ts';
export type { LiveAlert, LiveEvent, LiveSignal } from './watch/live-event.ts';
export type { FeedItem, FeedPosition, Watcher } from './watch/live-feed.ts';
export type { SessionAtRisk } from './watch/sessions-at-risk.ts';
export type { ShownSeries } from './watch/shown-series.ts';
export { SERIES_SHOWN_MAX, type WatchRoom, type WatchStatus } from './watch/watch-room.ts';
