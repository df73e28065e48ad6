import type { RouteConfig } from './config.ts';

/** Model names that routes spell out, without the patterns, in order and once each. */
export function namedModels(config: { readonly routes: readonly Pick<RouteConfig, 'models'>[] }): readonly string[] {
  return [...new Set(config.routes.flatMap((route) => route.models.filter((model) => !model.includes('*'))))];
}
