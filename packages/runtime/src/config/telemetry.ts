import { resolve } from 'node:path';
import { readUrl } from '@sallyport/core';
import { isLoopback } from './loopback.ts';
import type { Report } from './problem.ts';
import { authorityOf, checkedAddress, headersOf } from './remote-address.ts';
import type { ConfigFile } from './schema.ts';
import type { SecretContext } from './secret-source.ts';
import type { OtlpConfig, TelemetryConfig } from './telemetry-config.ts';

interface TelemetryContext extends SecretContext {
  readonly report: Report;
}

/** The sinks, with their secrets read. */
export function resolveTelemetry({ ocsf, otlp }: ConfigFile['telemetry'], context: TelemetryContext): TelemetryConfig {
  return {
    ocsf: ocsf === undefined ? undefined : { ...ocsf, folder: resolve(context.folder, ocsf.folder) },
    otlp: otlp === undefined ? undefined : resolveOtlp(otlp, context),
  };
}

function resolveOtlp(
  otlp: NonNullable<ConfigFile['telemetry']['otlp']>,
  context: TelemetryContext,
): OtlpConfig | undefined {
  const path = ['telemetry', 'otlp'];
  const complain = (member: readonly PropertyKey[], message: string) =>
    context.report({ path: [...path, ...member] }, message);
  const { endpoint, headers, secretHeaders, ca, ...others } = otlp;
  const address = checkedAddress(endpoint);
  const resolved = {
    ...others,
    headers: headersOf({ headers, secretHeaders }, { ...context, complain }),
    ca: authorityOf({ ca }, { ...context, path }),
  };
  if ('message' in address) {
    complain(['endpoint'], address.message);
    return undefined;
  }
  const url = readUrl(address.url);
  if (url !== undefined && url.search !== '') complain(['endpoint'], 'must not have a query');
  const isOpen = url?.protocol === 'http:' && !isLoopback(url.hostname);
  if (isOpen && Object.keys(secretHeaders).length > 0) {
    complain(['endpoint'], 'must be an https address where there are `secretHeaders`');
  }
  return { ...resolved, endpoint: address.url.replace(/\/+$/, '') };
}
