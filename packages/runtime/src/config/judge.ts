import { canAsk } from '@sallyport/protocols';
import type { JudgeConfig, ProviderConfig } from './config.ts';
import { usesOf } from './judge-uses.ts';
import type { Report } from './problem.ts';
import { spokenBy } from './routes.ts';
import type { ConfigFile } from './schema.ts';

/** Checks that the judge can be asked, and knows what it is to judge by. */
export function resolveJudge(
  { judge, detectors }: Pick<ConfigFile, 'judge' | 'detectors'>,
  { providers, report }: { readonly providers: Readonly<Record<string, ProviderConfig>>; readonly report: Report },
): JudgeConfig | undefined {
  if (judge === undefined) return undefined;
  const provider = Object.hasOwn(providers, judge.provider) ? providers[judge.provider] : undefined;
  if (provider === undefined) report({ path: ['judge', 'provider'] }, 'no provider has this name');
  else if (!canAsk(new Set(spokenBy(provider)))) {
    report({ path: ['judge', 'provider'] }, 'speaks no protocol in which a chat model is asked');
  }
  if (usesOf(judge).length === 0)
    report({ path: ['judge'] }, 'is asked nothing: name `intent`, `alignment` or `grey-zone`');
  if (judge.intent !== undefined && detectors.intent.description === '') {
    report({ path: ['judge', 'intent'] }, 'needs `detectors.intent.description`: what the assistant is for');
  }
  return judge;
}
