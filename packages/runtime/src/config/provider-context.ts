import type { Config } from './config.ts';
import type { Environment } from './overrides.ts';
import type { Report } from './problem.ts';

/** What the options of providers are resolved with. */
export interface ProvidersContext {
  readonly env: Environment;
  /** Folder to which the names of secrets' files are relative. */
  readonly folder: string;
  readonly listen: Pick<Config['listen'], 'host' | 'port'>;
  readonly report: Report;
}

export interface ProviderContext extends ProvidersContext {
  /** Of the provider. */
  readonly name: string;
}
