import type { Match } from '../matches/layer-matches.ts';
import table from './package-names.json' with { type: 'json' };
import rules from './rules.json' with { type: 'json' };

type Registry = keyof typeof table.registries;

/** Longest command that is read, UTF-16 units. */
const INSTALL_CHARS = 512;
/** Names that are shorter have too many neighbours. */
const MIN_NAME_CHARS = 5;

const COMMAND =
  /(npx|(?:npm|pnpm|yarn|bun|pip3?|pipx|uv|poetry|gem|cargo)[ \t]{1,4}(?:pip[ \t]{1,4})?(?:install|add|i)\b)/iy;
const ARGUMENT = /[ \t]{1,4}([^\s;&|<>()`"',]{1,80}|"[^\s"`]{1,80}"|'[^\s'`]{1,80}')/y;
const NAME =
  /^["']?((?:@[\w.-]{1,40}\/)?[a-z0-9][\w.-]{0,60}?)(?:@[\w.^~*-]{1,30}|(?:\[[\w,-]{0,40}\])?(?:[=~!<>]{1,2}[\w.*]{1,30})?)?[.:!?]?["']?$/i;
const MANAGERS: Readonly<Record<string, string>> = table.managers;
const VALUED: ReadonlySet<string> = new Set(table.valuedOptions);
const STOPS: ReadonlySet<string> = new Set(table.stopWords);

/** Names of one registry, and each of them with one character left out. */
interface Names {
  readonly known: ReadonlySet<string>;
  readonly shortened: ReadonlyMap<string, readonly string[]>;
}

const indexes = new Map<Registry, Names>();

interface InstallCommand {
  readonly matches: readonly Match[];
  /** Start of a name that the text's end may leave unfinished; the text's length when there is none. */
  readonly openFrom: number;
}

/** The names of an install command that are one slip away from a well-known package; `at` is its beginning. Cost: O(`INSTALL_CHARS`). */
export function lookalikesIn(text: string, at: number): InstallCommand {
  const matches: Match[] = [];
  COMMAND.lastIndex = at;
  const command = COMMAND.exec(text)?.[1]?.toLowerCase();
  const registry = MANAGERS[command?.split(/[ \t]/, 1)[0] ?? ''];
  if (command === undefined || !isRegistry(registry) || /[\w-]/.test(text.charAt(at - 1))) {
    return { matches, openFrom: text.length };
  }
  let end = COMMAND.lastIndex;
  let skips = false;
  while (end - at < INSTALL_CHARS) {
    if (isCommandAt(text, end)) break;
    ARGUMENT.lastIndex = end;
    const argument = ARGUMENT.exec(text)?.[1];
    if (argument === undefined)
      return { matches, openFrom: text.length - openQuoted(text.slice(end, at + INSTALL_CHARS)) };
    end = ARGUMENT.lastIndex;
    const isOpen = end === text.length;
    if (STOPS.has(argument.toLowerCase())) break;
    const skipped = skips || argument.startsWith('-');
    skips = VALUED.has(argument);
    if (!skipped) matches.push(...told(argument, end, registry));
    if (isOpen) return { matches, openFrom: end - argument.length };
    // What follows are arguments of the package's own command.
    if (!skipped && command === 'npx') break;
  }
  return { matches, openFrom: text.length };
}

/** Whether another command begins behind the space at `at`: it is read for itself. */
function isCommandAt(text: string, at: number): boolean {
  let start = at;
  while (start < at + 4 && /[ \t]/.test(text.charAt(start))) start += 1;
  COMMAND.lastIndex = start;
  return COMMAND.test(text);
}

/** Characters of a quoted name that the text's end leaves unfinished. */
function openQuoted(rest: string): number {
  return /^[ \t]{1,4}(["'][^\s"'`]{0,80})$/.exec(rest)?.[1]?.length ?? 0;
}

function told(argument: string, end: number, registry: Registry): readonly Match[] {
  const name = NAME.exec(argument)?.[1];
  if (name === undefined || argument.startsWith('-')) return [];
  const copied = copiedName(name, registry);
  if (copied === undefined) return [];
  const start = end - argument.length + argument.indexOf(name);
  const score = rules.scores['package-lookalike'];
  return [
    { type: 'package-lookalike', score, start, end: start + name.length, value: `${registry}/${name.toLowerCase()}` },
  ];
}

/** The well-known name that `name` is one character, or one pair of swapped characters, away from; undefined for all others. */
export function copiedName(name: string, registry: Registry): string | undefined {
  const written = canonical(name, registry);
  if (written.length < MIN_NAME_CHARS - 1) return undefined;
  const { known, shortened } = namesOf(registry);
  if (known.has(written)) return undefined;
  for (const variant of [written, ...shorter(written)]) {
    if (known.has(variant) && variant.length >= MIN_NAME_CHARS) return variant;
    const near = shortened.get(variant)?.find((other) => isOneSlip(written, other));
    if (near !== undefined) return near;
  }
  return undefined;
}

function namesOf(registry: Registry): Names {
  const ready = indexes.get(registry);
  if (ready !== undefined) return ready;
  const known = new Set<string>(table.registries[registry].map((name) => canonical(name, registry)));
  const shortened = new Map<string, string[]>();
  for (const name of known) {
    if (name.length < MIN_NAME_CHARS) continue;
    for (const variant of shorter(name)) shortened.set(variant, [...(shortened.get(variant) ?? []), name]);
  }
  for (const name of table.neighbours[registry]) known.add(canonical(name, registry));
  const names = { known, shortened };
  indexes.set(registry, names);
  return names;
}

/** PyPI and crates.io tell no hyphen from an underscore. */
function canonical(name: string, registry: Registry): string {
  const lower = name.toLowerCase();
  return registry === 'pypi' || registry === 'crates' ? lower.replaceAll(/[_.]/g, '-') : lower;
}

function shorter(name: string): readonly string[] {
  return Array.from(name, (_, at) => name.slice(0, at) + name.slice(at + 1));
}

/** One character more, less or other, or two neighbours swapped. */
function isOneSlip(a: string, b: string): boolean {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}

function isRegistry(word: string | undefined): word is Registry {
  return word !== undefined && word in table.registries;
}
