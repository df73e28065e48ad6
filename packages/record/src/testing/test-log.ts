import { generateKeyPairSync } from 'node:crypto';
import type { RecordStore } from '@sallyport/core';
import { type AuditLog, type AuditLogOptions, createAuditLog } from '../audit-log.ts';
import { ManualClock } from './manual-clock.ts';

export const { privateKey: signingKey, publicKey } = generateKeyPairSync('ed25519');
export const stranger = generateKeyPairSync('ed25519');
export const ORIGIN = 'sallyport/test';

export function openLog(store: RecordStore, options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  return createAuditLog({ store, signingKey, publicKey, origin: ORIGIN, clock: new ManualClock(), ...options });
}
