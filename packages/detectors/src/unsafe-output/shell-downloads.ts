import type { Match } from '../matches/layer-matches.ts';
import rules from './rules.json' with { type: 'json' };

/** Longest command from its download on that is read, and how far before it a shell may be named, UTF-16 units. */
const COMMAND_CHARS = 320;
const BEFORE_CHARS = 80;

const PIPED = new RegExp(rules.downloads.piped, 'iy');
const FED = new RegExp(rules.downloads.fed, 'i');
const FEEDING = new RegExp(rules.downloads.feeding, 'iy');
const DOUBTFUL = new RegExp(rules.downloads.doubtful, 'i');

interface Download {
  readonly match: Match;
  /** Whether more text could change it. */
  readonly open: boolean;
}

/**
 * A download that a shell would run at once; `at` is the place of the word that downloads. The match is what makes it
 * run, the pipe and the shell behind it, or else the download within the shell's own line.
 */
export function shellDownload(text: string, at: number): Download | undefined {
  if (/[\w-]/.test(text.charAt(at - 1))) return undefined;
  const ends = text.length < at + COMMAND_CHARS;
  const before = text.slice(Math.max(0, at - BEFORE_CHARS), at);
  if (FED.test(before)) {
    FEEDING.lastIndex = at;
    if (!FEEDING.test(text)) return undefined;
    const end = FEEDING.lastIndex;
    return told(text, { command: at, start: at, end, open: ends && end === text.length });
  }
  PIPED.lastIndex = at;
  const [, pipe] = PIPED.exec(text) ?? [];
  if (pipe === undefined) return undefined;
  const end = PIPED.lastIndex;
  return told(text, { command: at, start: end - pipe.length, end, open: end === text.length });
}

/** Start of a pipe behind a download that the text's end leaves without its command; its length when there is none. */
export function openPipeFrom(text: string, at: number): number {
  if (text.length > at + COMMAND_CHARS) return text.length;
  const pipe = /^[^\n|;&`]{1,300}(\|[^\n|;&`]{0,60})$/.exec(text.slice(at))?.[1];
  return text.length - (pipe?.length ?? 0);
}

function told(
  text: string,
  place: { readonly command: number; readonly start: number; readonly end: number; readonly open: boolean },
): Download {
  const { command, start, end, open } = place;
  const value = text.slice(command, end);
  const score = DOUBTFUL.test(value) ? rules.doubtfulDownload : rules.scores['shell-download'];
  return { match: { type: 'shell-download', score, start, end, value }, open };
}
