import { recordedName } from '@sallyport/core';
import { canAsk } from '@sallyport/protocols';
import { VENDORS } from '../providers/vendors.ts';
import type { MonitorConfig, ProviderConfig } from './config.ts';
import type { Report } from './problem.ts';
import { spokenBy } from './routes.ts';
import type { ConfigFile } from './schema.ts';

/** Checks that the models which are to be asked can be. */
export function resolveMonitor(
  monitor: ConfigFile['monitor'],
  { providers, report }: { readonly providers: Readonly<Record<string, ProviderConfig>>; readonly report: Report },
): MonitorConfig {
  const seen = new Set<string>();
  for (const [at, { provider: name, model }] of monitor.canaries.entries()) {
    const path = ['monitor', 'canaries', at];
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (provider === undefined) report({ path: [...path, 'provider'] }, 'no provider has this name');
    else if (!canAsk(new Set(spokenBy(provider))))
      report({ path: [...path, 'provider'] }, 'speaks no protocol in which a chat model is asked');
    if (recordedName(model) !== model) report({ path: [...path, 'model'] }, 'is a name that records do not hold');
    if (seen.has(`${name}\n${model}`)) report({ path: [...path, 'model'] }, 'is asked already');
    seen.add(`${name}\n${model}`);
  }
  const lists = new Set<string>();
  for (const [at, { provider: name }] of monitor.digests.entries()) {
    const path = ['monitor', 'digests', at, 'provider'];
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (provider === undefined) report({ path }, 'no provider has this name');
    else if (provider.kind === 'demo' || VENDORS[provider.kind].models?.digest === undefined)
      report({ path }, 'has no list that says what the files of its models are');
    if (lists.has(name)) report({ path }, 'is asked already');
    lists.add(name);
  }
  return monitor;
}
