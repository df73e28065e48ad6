import { diffLines } from 'diff';

/** Lines that are told of one place, the first and the last of them; of those between, how many. */
export const CHANGED_LINES_MAX = 60;
/** Of these, at the end. */
const LAST_LINES = 20;
/** UTF-16 units of a line that are told at a time. */
const LINE_CHARS = 160;
/** Units that stay before and behind what changed within a line. */
const AROUND_CHARS = 40;
/** Lines that come and go before two texts count as wholly different: bounds the time that a comparison takes. */
const EDITS_MAX = 500;

export interface ChangedText {
  readonly before?: string;
  readonly after?: string;
}

/**
 * What changed in a text: lines that went after `-`, lines that came after `+`. Of a line that became another one only what
 * changed is told, with a little around it.
 */
export function changeLines(changed: ChangedText): readonly string[] {
  const lines = allLines(changed);
  const left = lines.length - CHANGED_LINES_MAX;
  if (left <= 0) return lines;
  return [
    ...lines.slice(0, CHANGED_LINES_MAX - LAST_LINES),
    `${left} further lines, and then`,
    ...lines.slice(-LAST_LINES),
  ];
}

/** Whether `changeLines` leaves some out. */
export function isCut(changed: ChangedText): boolean {
  return allLines(changed).length > CHANGED_LINES_MAX;
}

function allLines({ before, after }: ChangedText): readonly string[] {
  return runsOf(before, after).flatMap(({ gone, came }) => linesOf(gone, came));
}

/** Lines that went, and those that came in their place. */
interface Run {
  gone: readonly string[];
  came: readonly string[];
}

function runsOf(before: string | undefined, after: string | undefined): readonly Run[] {
  const whole: Run = { gone: before?.split('\n') ?? [], came: after?.split('\n') ?? [] };
  if (before === undefined || after === undefined) return [whole];
  const parts = diffLines(`${before}\n`, `${after}\n`, { maxEditLength: EDITS_MAX });
  if (parts === undefined) return [whole];
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const { value, added, removed } of parts) {
    if (!(added || removed)) {
      run = undefined;
      continue;
    }
    if (run === undefined) {
      run = { gone: [], came: [] };
      runs.push(run);
    }
    const lines = value.replace(/\n$/, '').split('\n');
    if (removed) run.gone = lines;
    else run.came = lines;
  }
  return runs;
}

function linesOf(gone: readonly string[], came: readonly string[]): readonly string[] {
  if (gone.length !== 1 || came.length !== 1) {
    return [...gone.flatMap((line) => pieces('-', line)), ...came.flatMap((line) => pieces('+', line))];
  }
  const [[was = ''], [is = '']] = [gone, came];
  const before = sameStart(was, is);
  const behind = Math.min(sameEnd(was, is), Math.min(was.length, is.length) - before);
  const start = Math.max(0, before - AROUND_CHARS);
  const end = Math.max(0, behind - AROUND_CHARS);
  const inner = (line: string): string =>
    `${start > 0 ? '...' : ''}${line.slice(start, line.length - end)}${end > 0 ? '...' : ''}`;
  return [...pieces('-', inner(was)), ...pieces('+', inner(is))];
}

/** A long line goes on behind the next mark. */
function pieces(mark: string, line: string): readonly string[] {
  const count = Math.max(1, Math.ceil(line.length / LINE_CHARS));
  return Array.from({ length: count }, (_, n) => `${mark} ${line.slice(n * LINE_CHARS, (n + 1) * LINE_CHARS)}`);
}

function sameStart(left: string, right: string): number {
  let n = 0;
  while (n < left.length && n < right.length && left[n] === right[n]) n += 1;
  return n;
}

function sameEnd(left: string, right: string): number {
  let n = 0;
  while (n < left.length && n < right.length && left.at(-1 - n) === right.at(-1 - n)) n += 1;
  return n;
}
