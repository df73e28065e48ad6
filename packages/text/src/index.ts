export { AnswerStyleReader } from './answer-style-reader.ts';
export { createFingerprinter } from './create-fingerprinter.ts';
export { createTextSketcher } from './create-text-sketcher.ts';
export { languageGroupOf } from './language-group.ts';
export { CONTEXT_CHARS, type MappedView, type Open } from './layered-view.ts';
export { isUndecoded, looksUndecoded, undecodedIn } from './looks-undecoded.ts';
export { nameSkeleton } from './name-skeleton.ts';
export { CIPHER_TRIGGERS, readCiphers } from './read-ciphers.ts';
export { ScriptGate, UNCOVERED_LETTERS_MIN } from './script-gate.ts';
export {
  createTriggerScanner,
  type TriggerHits,
  type TriggerScanner,
  type TriggerSet,
  type TriggerStream,
} from './trigger-scanner.ts';
export { plainViewOf, VIEW_LIMITS, type ViewLimits, viewOf } from './view-of.ts';
export { visibleText } from './visible-text.ts';
