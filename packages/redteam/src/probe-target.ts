import type { DrillProtocol } from './dialects.ts';
import { Draw } from './draw.ts';
import type { DrillCase } from './drill-case.ts';
import type { DrillTarget } from './drill-client.ts';
import { tryCase } from './run-drill.ts';

/** What a greeting came to: why there can be no drill, and whether that may be so because the model is not reached in the protocol. */
export interface Hindrance {
  readonly why: string;
  readonly unspoken: boolean;
}

/**
 * Says something harmless in a protocol first. Where not even that is answered, each attack would look stopped.
 * @returns what hinders a drill, or nothing
 */
export async function probeTarget(target: DrillTarget, protocol: DrillProtocol): Promise<Hindrance | undefined> {
  const draw = new Draw(protocol, 'probe');
  const word = `${draw.half()}${draw.half()}`;
  const probe: DrillCase = {
    id: 'probe',
    side: 'benign',
    family: 'benign',
    carrier: 'user-message',
    obfuscation: 'plain',
    protocol,
    stream: false,
    conversation: { turns: [{ by: 'user', pieces: ['Good morning.'] }], tools: [] },
    answer: { text: word },
    ifTold: ['Good morning.'],
    evidence: { in: 'text', text: word },
  };
  const { outcome, answer } = await tryCase(probe, target);
  if (outcome === 'passed') return undefined;
  if (answer === '200') return { why: 'a greeting is blocked', unspoken: false };
  return { why: `a greeting got no answer: ${answer}`, unspoken: answer === '400' || answer === '404' };
}
