export type * from './config.ts';
export { type LoadConfigInput, type LoadedConfig, loadConfig } from './load-config.ts';
export { fitsModel, namedModels, routeFor } from './model-pattern.ts';
export type { ConfigOptions, Environment } from './overrides.ts';
export { type ConfigProblem, formatPath, formatProblem } from './problem.ts';
export { detectorSettings } from './routes.ts';
export { BUILT_IN_DETECTORS } from './schema.ts';
export { Secret } from './secret.ts';
