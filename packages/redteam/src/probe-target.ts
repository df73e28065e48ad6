import type { DrillWay } from './dialects.ts';
import { Draw } from './draw.ts';
import type { DrillCase } from './drill-case.ts';
import type { DrillTarget } from './drill-client.ts';
import { tryCase } from './run-drill.ts';

/**
 * Asks something harmless first, in a way that the drill will ask. Where not even that is answered, each attack would look
 * stopped.
 * @returns why there can be no drill, or nothing
 */
export async function probeTarget(target: DrillTarget, { seed, way }: { readonly seed: string; readonly way: DrillWay }): Promise<string | undefined> {
  const word = `${new Draw(seed, 'probe').half()}${new Draw(seed, 'answer').half()}`;
  const probe: DrillCase = {
    id: 'probe',
    side: 'benign',
    family: 'benign',
    carrier: 'user-message',
    obfuscation: 'plain',
    ...way,
    conversation: { turns: [{ by: 'user', pieces: ['Good morning.'] }], tools: [] },
    answer: { text: word },
    ifTold: ['Good morning.'],
    evidence: { in: 'text', text: word },
  };
  const { outcome, answer } = await tryCase(probe, target);
  if (outcome === 'passed') return undefined;
  if (answer === '200') return 'a greeting is blocked';
  return `a greeting got no answer: ${answer}`;
}
