import { isHostname, isIpv4, isIpv6 } from './hosts.ts';
import { isEmail } from './is-email.ts';
import { isUri } from './is-uri.ts';
import { isDate, isDateTime, isTime } from './times.ts';

const UUID = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$/;

/** The formats that are checked, each in time linear in the text. Any other is an annotation, as JSON Schema says of what it doesn't name. */
export const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date-time', isDateTime],
  ['date', isDate],
  ['time', isTime],
  ['email', isEmail],
  ['uri', isUri],
  ['uuid', (text: string) => UUID.test(text)],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['hostname', isHostname],
]);
