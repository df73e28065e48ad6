import type { X509Certificate } from 'node:crypto';
import type { TlsConfig } from './config.ts';
import { type PemContext, readPem } from './pem-file.ts';
import type { ConfigFile } from './schema.ts';

type TlsOptions = NonNullable<ConfigFile['listen']['tls']>;

/** TLS of a listener, with its files checked: that they can be read, and that key and certificate belong together. */
export function resolveTls(
  options: TlsOptions | undefined,
  listener: 'listen' | 'admin',
  context: PemContext,
): TlsConfig | undefined {
  if (options === undefined) return undefined;
  const at = (name: string) => [listener, 'tls', name];
  const cert = readPem('certificate', { file: options.cert, path: at('cert') }, context);
  const key = readPem('privateKey', { file: options.key, path: at('key') }, context);
  const ca =
    options.ca === undefined ? undefined : readPem('certificate', { file: options.ca, path: at('ca') }, context);
  const { clientCertificates } = options;
  if (clientCertificates !== 'none' && options.ca === undefined) {
    context.report({ path: at('ca') }, 'is required where client certificates are asked for');
  }
  if (cert === undefined || key === undefined) return undefined;
  if (!(cert.read as X509Certificate).checkPrivateKey(key.read)) {
    context.report({ path: at('key') }, 'is not the key of the certificate `cert`');
  }
  return { cert: cert.file, key: key.file, ca: ca?.file, clientCertificates };
}
