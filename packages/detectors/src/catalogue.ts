import type { Detector } from '@sallyport/core';
import { personalDataDetector } from './personal-data/detector.ts';
import { secretsDetector } from './secrets/detector.ts';

/** What the built-in detectors can be told by configuration. */
export interface CatalogueOptions {
  /** Hosts (and their subdomains) to which links and images may carry data; default none. */
  readonly allowHosts?: readonly string[];
}

/** Every built-in detector, one line each. */
export function createCatalogue(_options: CatalogueOptions = {}): readonly Detector[] {
  return [secretsDetector, personalDataDetector];
}
