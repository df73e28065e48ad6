import { Buffer } from 'node:buffer';
import type { DemoError } from '../demo-voice.ts';

/** An error's body. */
export function openaiDemoError({ message, type, code }: DemoError): Uint8Array {
  return Buffer.from(JSON.stringify({ error: { message, type, code, param: null } }));
}
