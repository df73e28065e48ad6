import { isFault } from '@sallyport/core';
import type { McpNotification } from '@sallyport/mcp';
import { changed } from './admit-request.ts';
import type { SideName } from './crossing.ts';
import { ExchangeRecords } from './exchange-records.ts';
import type { Scene } from './guarded-server.ts';
import { detectMessage, enforceMessage, ruleMessage } from './judge-message.ts';

/** Who tells something. */
export interface Teller {
  readonly from: SideName;
  /** The tool of whose result it is a part. */
  readonly tool: string | undefined;
}

/**
 * observe -> detect -> decide -> enforce -> record: a notification of either side. One in which nothing was found leaves no record: a
 * server may send thousands for one call.
 * @returns what goes on; undefined where nothing does
 */
export async function passNotification(
  message: McpNotification,
  { from, tool }: Teller,
  scene: Scene,
): Promise<McpNotification | undefined> {
  const records = new ExchangeRecords(scene, { operation: message.method, tool, bytes: message.bytes.length });
  const detected = detectMessage(message, { scene, exchange: records.id, about: { from } });
  if (isFault(detected)) {
    await records.opened(message.bytes, { rulings: [], effect: 'block', fault: detected.fault });
    await records.closed('rejected', { fault: detected.fault });
    return undefined;
  }
  const { ruling, withheld } = ruleMessage(detected, records.judge, scene);
  const hidden = new Set([...ruling.withheld, ...withheld.keys()]);
  const { enforced } = enforceMessage(detected, { ...ruling, withheld: hidden }, scene);
  const { effect, rulings, stopped } = ruling;
  if (effect !== 'allow' || stopped !== undefined) {
    const told = stopped?.effect ?? effect;
    await records.opened(message.bytes, { detected, rulings, effect: told, redacted: enforced.redacted });
    await records.closed(stopped === undefined ? 'completed' : 'refused');
  }
  return stopped === undefined ? changed(message, enforced.body, scene) : undefined;
}
