export { AlertBoard } from './alerts/alert-board.ts';
export {
  ALERT_COUNTS,
  type AlertCause,
  type AlertCondition,
  type AlertResponse,
  type AlertRule,
  NEW_THINGS,
  RESPONSE_TARGETS,
} from './alerts/alert-rule.ts';
export { BASELINE_SAMPLE_MIN, type Baseline, type SeriesBaseline } from './baseline/baseline.ts';
export {
  type BaselineSampler,
  keyOf as baselineKeyOf,
} from './baseline/baseline-sampler.ts';
export {
  type BaselineComparison,
  type BaselineMove,
  compareBaselines,
  FALSE_ALARMS_SHARE,
  type ListedSeries,
} from './baseline/compare-baselines.ts';
export { BASELINE_MIXES, BASELINE_NEWS, BASELINE_SCOPES } from './baseline/compared-signals.ts';
export { ExchangePicker, type PickedExchange } from './baseline/exchange-picker.ts';
export { type MeasuredPeriod, measurePeriod } from './baseline/measure-period.ts';
export { BASELINE_NAME_MAX_CHARS } from './baseline/read-observation.ts';
export { outlierScores, POPULATION_MIN } from './behaviour/outlier-scores.ts';
export { TRANSITION_NAMES_MAX, Transitions } from './behaviour/transitions.ts';
export type { Change, ChangeDetector } from './change/change.ts';
export { compareMixes, type Mix, type MixComparison } from './change/compare-mixes.ts';
export { LevelChange, type LevelOptions } from './change/level-change.ts';
export { MixChange, type MixMove, type MixOptions } from './change/mix-change.ts';
export { RateChange, type RateOptions } from './change/rate-change.ts';
export { CONDUCTS_MAX, ConductWatch } from './conduct/conduct-watch.ts';
export { type Answers, type CanaryRound, isBorder } from './identity/border-shift.ts';
export { type CanarySign, CanaryWatch } from './identity/canary-watch.ts';
export {
  IDENTITY_LEARNING_ANSWERS,
  IDENTITY_NAMES_MAX,
  type IdentitySign,
  IdentityWatch,
} from './identity/identity-watch.ts';
export { type IdentitySighting, readIdentity } from './identity/read-identity.ts';
export { ImpactFigures, type ImpactReport } from './reports/impact/impact-figures.ts';
export { impactHtml } from './reports/impact/impact-html.ts';
export { REPORT_BINS_MAX, type ReportPeriod } from './reports/report-bins.ts';
export type { ReportSource } from './reports/report-source.ts';
export { VENDOR_MODELS_MAX, VendorFigures, type VendorReport } from './reports/vendors/vendor-figures.ts';
export { vendorHtml } from './reports/vendors/vendor-html.ts';
export { type Series, SIGNAL_WINDOW } from './signals/series.ts';
export {
  LEVEL_SIGNALS,
  type LevelSignal,
  MIX_SIGNALS,
  RATE_SIGNALS,
  type RateSignal,
  SCOPES,
  type Scope,
  type SeriesName,
  SIGNALS,
  type Signal,
  type SignalMove,
} from './signals/signal.ts';
export { type BoardBounds, SERIES_MAX, SERIES_MAX_BYTES, SignalBoard } from './signals/signal-board.ts';
export type { SignalSlot } from './signals/signal-slot.ts';
export { CountedNames, OTHER } from './sketch/counted-names.ts';
export { QuantileSketch, SKETCH_ACCURACY, SKETCH_MAX_BINS } from './sketch/quantile-sketch.ts';
export { SlidingWindow, type WindowShape } from './sketch/sliding-window.ts';
