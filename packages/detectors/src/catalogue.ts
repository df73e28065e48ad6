import type { Detector } from '@sallyport/core';
import { contentDetector } from './content/detector.ts';
import { contextLeakDetector } from './context-leak/detector.ts';
import { createExfiltrationDetector } from './exfiltration/detector.ts';
import { hiddenTextDetector } from './hidden-text/detector.ts';
import { createIntentDetector } from './intent/detector.ts';
import type { IntentOptions } from './intent/intent-profile.ts';
import { multiTurnDetector } from './multi-turn/detector.ts';
import { personalDataDetector } from './personal-data/detector.ts';
import { promptInjectionDetector } from './prompt-injection/detector.ts';
import { secretsDetector } from './secrets/detector.ts';
import { toolMisuseDetector } from './tool-misuse/detector.ts';
import { unsafeOutputDetector } from './unsafe-output/detector.ts';

/** What the built-in detectors can be told by configuration. */
export interface CatalogueOptions {
  /** Hosts (and their subdomains) to which links and images may carry data; default none. */
  readonly allowHosts?: readonly string[];
  /** What the assistant is for; without examples nothing is measured against them. */
  readonly intent?: IntentOptions;
}

/** Every built-in detector, one line each. */
export function createCatalogue(options: CatalogueOptions = {}): readonly Detector[] {
  return [
    secretsDetector,
    personalDataDetector,
    promptInjectionDetector,
    createExfiltrationDetector(options),
    hiddenTextDetector,
    contentDetector,
    contextLeakDetector,
    unsafeOutputDetector,
    toolMisuseDetector,
    multiTurnDetector,
    createIntentDetector(options.intent),
  ];
}
