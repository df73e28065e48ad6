import type { Config, KeyConfig } from './config.ts';
import { resolveComing } from './identity.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { checked, readSecret, type SecretContext } from './secret-source.ts';

interface AdminContext extends SecretContext {
  readonly report: Report;
}

/** The admin API but for its TLS. What opens the data plane must not open it, and the other way about. */
export function resolveAdmin(
  { admin, identity }: Pick<ConfigFile, 'admin' | 'identity'>,
  keys: readonly KeyConfig[],
  context: AdminContext,
): Omit<Config['admin'], 'tls'> {
  const { report } = context;
  const { host, port, names, issuers, certificates, roles } = admin;
  const token = adminToken(admin.token, context);
  if (token !== undefined && keys.some(({ secret }) => secret.reveal() === token.reveal())) {
    report({ path: ['admin', 'token'] }, 'is also the secret of a gateway key');
  }
  for (const [index, { issuer, audiences }] of issuers.entries()) {
    const both = identity.issuers.find((other) => other.issuer === issuer);
    if (both?.audiences.some((audience) => audiences.includes(audience)) === true) {
      report(
        { path: ['admin', 'issuers', index, 'audiences'] },
        `shares an audience with \`${both.name}\` of \`identity.issuers\`: tokens for the data plane would open the admin API`,
      );
    }
  }
  return {
    host,
    port,
    names,
    token,
    identity: {
      maxTokenBytes: identity.maxTokenBytes,
      ...resolveComing({ issuers, certificates }, ['admin'], report),
      onBehalfOf: { audience: '', maxAgeMs: 0, agents: [] },
    },
    roles,
  };
}

function adminToken(source: ConfigFile['admin']['token'], { env, folder, report }: AdminContext): Secret | undefined {
  const variable = env.SALLYPORT_ADMIN_TOKEN;
  if (variable !== undefined && variable !== '') {
    const token = checked(variable, 'its value');
    if (token instanceof Secret) return token;
    report({ variable: 'SALLYPORT_ADMIN_TOKEN' }, token.message);
    return undefined;
  }
  if (source === undefined) return undefined;
  const token = readSecret(source, { env, folder });
  if (token instanceof Secret) return token;
  report({ path: ['admin', 'token'] }, token.message);
  return undefined;
}
