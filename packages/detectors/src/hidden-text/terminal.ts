import type { Hidden } from './invisible.ts';
import rules from './terminal.json' with { type: 'json' };

/** Longest control sequence that is read, UTF-16 units. */
const MAX_SEQUENCE_CHARS = 1024;

const CSI = new RegExp(rules.patterns.csi, 'y');
const STRING = new RegExp(rules.patterns.string, 'y');
const SHORT = new RegExp(rules.patterns.short, 'y');
const OVERSTRIKE = new RegExp(rules.patterns.overstrike, 'y');
const OPEN = rules.patterns.open.map((pattern) => new RegExp(pattern));

/** Control sequences that a terminal would obey: colours, cursor, title, links, clipboard. Cost: O(n). */
export function terminalEscapes(text: string, starts: readonly number[]): readonly Hidden[] {
  const found: Hidden[] = [];
  let doneTo = 0;
  for (const at of starts) {
    if (at < doneTo) continue;
    const hidden = sequenceAt(text, at);
    if (hidden === undefined) continue;
    doneTo = hidden.end;
    found.push(hidden);
  }
  return found;
}

/** Start of a sequence that the text's end leaves unfinished; its length when there is none. */
export function openSequenceFrom(text: string, starts: readonly number[]): number {
  for (const at of starts) {
    if (at < text.length - MAX_SEQUENCE_CHARS) continue;
    if (isOpen(text, at)) return at;
  }
  return text.length;
}

/** The string of an operating system command ends with BEL or ST; an ESC at the very end may be the first half of ST. */
function isOpen(text: string, at: number): boolean {
  const rest = text.slice(at);
  return OPEN.some((pattern) => pattern.test(rest));
}

function sequenceAt(text: string, at: number): Hidden | undefined {
  CSI.lastIndex = at;
  const csi = CSI.exec(text);
  if (csi !== null) return { type: 'terminal-escape', start: at, end: CSI.lastIndex, score: csiScore(csi) };
  STRING.lastIndex = at;
  const string = STRING.exec(text);
  if (string !== null) {
    return { type: 'terminal-escape', start: at, end: STRING.lastIndex, score: stringScore(string) };
  }
  SHORT.lastIndex = at;
  if (SHORT.test(text)) return { type: 'terminal-escape', start: at, end: SHORT.lastIndex, score: rules.short };
  OVERSTRIKE.lastIndex = at;
  if (OVERSTRIKE.test(text))
    return { type: 'overstrike', start: at, end: OVERSTRIKE.lastIndex, score: rules.overstrike };
  return undefined;
}

/** Colours are what logs are made of; concealed text, a moving cursor and erased lines show something else than is there. */
function csiScore([, parameters = '', final = '']: RegExpExecArray): number {
  if (final !== 'm') return rules.csi[final as keyof typeof rules.csi] ?? rules.csiOther;
  return parameters.split(/[;:]/).includes('8') && !/^[34]8[;:]/.test(parameters) ? rules.conceal : rules.colour;
}

function stringScore([sequence, body = '']: RegExpExecArray): number {
  if (!sequence.startsWith('\u001b]') && !sequence.startsWith('\u009d')) return rules.deviceControl;
  const command = body.split(';', 1)[0] ?? '';
  return rules.osc[command as keyof typeof rules.osc] ?? rules.oscOther;
}
