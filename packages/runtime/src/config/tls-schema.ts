import { z } from 'zod';
import { fileSchema, option } from './option.ts';

export const CLIENT_CERTIFICATES = ['none', 'request', 'require'] as const;

export const tlsSchema = z.strictObject({
  cert: option(fileSchema, { about: 'file, PEM, of the certificate and those that lead to its authority' }),
  key: option(fileSchema, { about: 'file, PEM, of its private key' }),
  ca: option(fileSchema.optional(), { about: 'file, PEM, of the authorities whose client certificates are taken' }),
  clientCertificates: option(z.enum(CLIENT_CERTIFICATES).default('none'), {
    about:
      'whether clients show a certificate: `none` asks for none, `request` lets those come who have none, `require` ends the handshake of those',
  }),
});
