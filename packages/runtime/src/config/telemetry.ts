import { resolve } from 'node:path';
import type { TelemetryConfig } from './config.ts';
import type { ConfigFile } from './schema.ts';

/** @param folder of the configuration file */
export function resolveTelemetry({ ocsf }: ConfigFile['telemetry'], folder: string): TelemetryConfig {
  return { ocsf: ocsf === undefined ? undefined : { ...ocsf, folder: resolve(folder, ocsf.folder) } };
}
