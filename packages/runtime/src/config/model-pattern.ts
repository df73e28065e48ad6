import type { RouteConfig } from './config.ts';

/**
 * Whether a model name fits a pattern in which `*` stands for any characters, none included. Case counts.
 * Cost: at most the product of the lengths, and only for patterns with several `*`.
 */
export function fitsModel(pattern: string, model: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === model;
  if (!model.startsWith(first)) return false;
  let from = first.length;
  for (const piece of rest) {
    const at = model.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return model.length - last.length >= from && model.endsWith(last);
}

/** Model names that routes spell out, without the patterns, in order and once each. */
export function namedModels(config: { readonly routes: readonly Pick<RouteConfig, 'models'>[] }): readonly string[] {
  return [...new Set(config.routes.flatMap((route) => route.models.filter((model) => !model.includes('*'))))];
}
