import { signWebhook } from '../../approvals/webhook-signature.ts';
import type { AlertWriter } from './alert-sink.ts';

/** Posts after Standard Webhooks, signed with the time of each try. @param key of the secret `whsec_...` */
export function webhookWriter(key: Uint8Array): AlertWriter {
  return ({ id, at, step, alert, ...more }, nowMs) => {
    const body = JSON.stringify({ type: `alert.${step}`, timestamp: at, data: { ...alert, ...more } });
    return { headers: signWebhook(key, { id, atMs: nowMs, body }), body };
  };
}
