import { protocols } from '@sallyport/protocols';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PROTOCOL_IDS, VENDORS } from './vendors.ts';

const rowSchema = z.strictObject({
  protocols: z.record(z.string(), z.string().regex(/^(\/[a-z0-9]+)*$/)),
  baseUrl: z
    .string()
    .regex(/^https?:\/\/.*[^/]$/)
    .optional(),
  auth: z.enum(['bearer', 'x-api-key', 'x-goog-api-key', 'api-key', 'sigv4']),
  env: z.string().optional(),
  standIn: z.strictObject({ baseUrlEnv: z.string().optional() }).optional(),
  models: z
    .strictObject({
      path: z.string().startsWith('/'),
      headers: z.record(z.string(), z.string()).optional(),
      list: z.string().optional(),
      id: z.string(),
      idPrefix: z.string().optional(),
      digest: z.array(z.string().min(1)).min(1).optional(),
    })
    .optional(),
  source: z.url(),
});

describe('VENDORS', () => {
  it.each(Object.entries(VENDORS))('has a row for `%s` of the form that the code relies on', (_, row) => {
    expect(() => rowSchema.parse(row)).not.toThrow();
  });

  it('stands in only for vendors with an address and a variable', () => {
    const standIns = Object.entries(VENDORS).filter(([, { standIn }]) => standIn !== undefined);
    expect(standIns.map(([kind]) => kind)).toEqual(['openai', 'anthropic', 'gemini']);
    for (const [, { baseUrl, env }] of standIns) expect([baseUrl, env]).not.toContain(undefined);
  });

  it('sends keys over the network only encrypted', () => {
    for (const { baseUrl, env } of Object.values(VENDORS)) {
      if (baseUrl !== undefined && env !== undefined) expect(baseUrl).toMatch(/^https:/);
    }
  });

  it('knows every protocol that the gateway speaks', () => {
    for (const { id } of protocols) expect(PROTOCOL_IDS).toContain(id);
  });
});
