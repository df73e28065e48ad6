export type * from './config.ts';
export { type LoadConfigInput, type LoadedConfig, loadConfig } from './load-config.ts';
export { namedModels } from './model-pattern.ts';
export type { ConfigOptions, Environment } from './overrides.ts';
export { type ConfigProblem, formatProblem } from './problem.ts';
export { detectorSettings } from './routes.ts';
export { Secret } from './secret.ts';
