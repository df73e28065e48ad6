import type { Integrity, LeafOrigin, MemoryLabel, Message, Readers, ToolCall, ToolResult } from '@sallyport/core';
import type { FlowLimits } from '../flow-limits.ts';
import type { RawLeaf } from '../leaves/raw-leaf.ts';
import { type ReadLeaves, readLeaves } from '../leaves/read-leaves.ts';
import { recalledLabel } from '../memory/recalled-label.ts';
import { namedDocument } from '../tools/named-document.ts';
import type { ToolProfile } from '../tools/tool-profile.ts';
import { looseWords, phraseOf } from '../values/fold-words.ts';
import { valuesIn } from '../values/values-in.ts';
import { type IndexedLeaf, indexLeaf, type LeafFacts, type Standing } from './indexed-leaf.ts';
import type { DocumentMarker } from './marked-documents.ts';
import { isSummary, partsOf, type TextPart } from './user-parts.ts';

/** What brought a result, as far as anybody can tell. */
export interface ResultSource {
  readonly call?: ToolCall;
  readonly profile?: ToolProfile;
  /** What is known of a text that it brought out of a memory. */
  readonly recall?: (text: string) => MemoryLabel | undefined;
}

/** How messages are read on a route. */
export interface MessageReading {
  readonly limits: FlowLimits;
  readonly markers: readonly DocumentMarker[];
}

/** Of a call's arguments as far as an answer is compared with them. */
const ARGUMENT_BOUNDS = { maxLeaves: 256, maxDepth: 16 };
const MARKUP = /<[a-z!/][^<>]{0,256}>|\[[^\]\n]{0,256}\]\([^)\n]{0,1024}\)|```|\n/i;
/** Names of fields that say whose words a record holds. */
const AUTHOR = /(?:^|\.)(?:from|sender|author|owner|created_?by|user|username|posted_?by|reporter|reviewer|login)$/i;

/**
 * The labelled leaves of one message. A role is a claim: documents inside a user's text, tool output that was written as text and
 * summaries of earlier messages are not the user's words. What an assistant says has no label at all: it only repeats.
 * Cost: O(length).
 */
export function labelMessage(
  { role, texts, results, compacted = false }: Message,
  sources: readonly ResultSource[],
  { limits, markers }: MessageReading,
): readonly IndexedLeaf[] {
  const leaves: IndexedLeaf[] = [];
  for (const [index, text] of texts.entries()) {
    const cut = { ...text, text: text.text.slice(0, limits.maxTextChars) };
    const summary = role !== 'system' && (compacted || isSummary(cut.text));
    const parts: readonly TextPart[] = summary
      ? [{ kind: 'document', start: 0, end: cut.text.length }]
      : partsOf(cut, { limits, markers: role === 'system' ? [] : markers });
    for (const part of parts)
      leaves.push(...leavesOfPart({ part, text: cut.text, role, record: `t${index}:${part.start}`, peers: leaves }));
  }
  for (const [index, result] of results.entries()) {
    leaves.push(...leavesOfResult(result, sources[index] ?? {}, { limits, record: `r${index}`, peers: leaves }));
  }
  return leaves;
}

function leavesOfPart({
  part,
  text,
  role,
  ...place
}: Pick<LeafFacts, 'record' | 'peers'> & {
  readonly part: TextPart;
  readonly text: string;
  readonly role: Message['role'];
}): readonly IndexedLeaf[] {
  const own = part.kind === 'words';
  if (own && role === 'assistant') return [];
  const value = text.slice(part.start, part.end);
  if (value.trim() === '') return [];
  const integrity: Integrity = own && (role === 'user' || role === 'system') ? role : 'untrusted';
  const origin: LeafOrigin = { path: part.name ?? '', line: lineAt(text, part.start) };
  return [
    indexLeaf({
      text: value,
      shape: 'free',
      integrity,
      readers: 'session',
      origin,
      ...place,
      standing: standingOf(integrity, 'free'),
    }),
  ];
}

interface ResultPlace extends Pick<LeafFacts, 'record' | 'peers'> {
  readonly limits: FlowLimits;
}

function leavesOfResult(
  result: ToolResult,
  source: ResultSource,
  { limits, record, peers }: ResultPlace,
): readonly IndexedLeaf[] {
  const text = result.text.slice(0, limits.maxTextChars);
  const tool = result.tool ?? source.call?.tool ?? '';
  const read = readLeaves(text, limits);
  const authored = recordsWithAuthor(read);
  const echoes = echoTest(source);
  const lines = new LineCounter(text);
  const document = source.call && namedDocument(source.call);
  const leaves: IndexedLeaf[] = [];
  for (const raw of read.leaves) {
    const inRecord = recordOf(raw.path);
    const label = labelOf(raw, { source, limits, attributed: authored.has(inRecord) });
    if (raw.value === '' || (label.shape === 'atom' && echoes(raw.value))) continue;
    const origin = {
      ...(tool !== '' && { tool }),
      path: raw.path.replace(/#name$/, ''),
      line: lines.at(raw.start),
      ...(document !== undefined && { document }),
    };
    const kept = source.recall?.(raw.value);
    const known = recalledLabel({ ...label, origin }, kept, source.profile?.memory?.name ?? '');
    leaves.push(
      indexLeaf({
        text: raw.value,
        record: `${record}:${inRecord}`,
        peers,
        ...known,
        standing: standingOf(known.integrity, known.shape),
        ...(source.call && { call: source.call }),
      }),
    );
  }
  return leaves;
}

function labelOf(
  raw: RawLeaf,
  {
    source,
    limits,
    attributed,
  }: { readonly source: ResultSource; readonly limits: FlowLimits; readonly attributed: boolean },
): Pick<LeafFacts, 'shape' | 'integrity' | 'readers'> {
  const override = source.profile?.override;
  const field = override?.fields?.[lastName(raw.path)];
  // What nobody asked for, or what was asked for as it is, may hold anything in any form.
  const document = source.call === undefined || source.profile?.document === true;
  const loose = raw.loose === true || document || raw.value.length > limits.maxAtomChars || MARKUP.test(raw.value);
  const integrity = field?.integrity ?? override?.integrity ?? (attributed && !document ? 'third-party' : 'untrusted');
  const readers: Readers = field?.readers ?? override?.readers ?? (isPublic(source) ? 'public' : 'session');
  return { shape: field?.shape ?? (loose ? 'free' : 'atom'), integrity, readers };
}

/** What came from an address of the web was there for anybody to read. */
function isPublic({ call, profile }: ResultSource): boolean {
  return profile?.document === true && /https?:|www\.|"url"/i.test(call?.arguments ?? '');
}

function standingOf(integrity: Integrity, shape: 'atom' | 'free'): Standing {
  if (integrity === 'user') return 'user';
  if (integrity === 'system' || integrity === 'trusted') return 'trusted';
  return shape;
}

/** `[2].sender` belongs to the record `[2]`. */
function recordOf(path: string): string {
  const bare = path.replace(/#name$/, '');
  const inList = /^(.*)\[\d+\]$/.exec(bare)?.[1] ?? bare;
  return inList.slice(0, Math.max(inList.lastIndexOf('.'), inList.lastIndexOf(']') + 1, 0));
}

function lastName(path: string): string {
  return /([\p{L}\p{N}_-]+)(?:\[\d+\])*$/u.exec(path)?.[1] ?? '';
}

function recordsWithAuthor({ leaves }: ReadLeaves): ReadonlySet<string> {
  return new Set(leaves.filter(({ path }) => AUTHOR.test(path)).map(({ path }) => recordOf(path)));
}

/** Arguments of fewer characters repeat by chance. */
const FEWEST_ECHO_CHARS = 4;

/**
 * A tool that answers with what it was told vouches for nothing: otherwise a second call with the same value would find its
 * source in the first. An answer to a change repeats what it was told in a sentence of its own; one to a question, alone or as
 * an address.
 */
function echoTest({ call, profile }: ResultSource): (value: string) => boolean {
  if (call === undefined) return () => false;
  const phrases = new Set<string>();
  const keys = new Set<string>();
  for (const { value } of readLeaves(call.arguments, ARGUMENT_BOUNDS).leaves) {
    const phrase = phraseOf(looseWords(value));
    if (phrase !== '') phrases.add(phrase);
    for (const { kind, key } of valuesIn(value)) if (kind !== 'number' && kind !== 'date') keys.add(key);
  }
  const told = profile?.effect === 'read' ? [] : [...phrases].filter(({ length }) => length >= FEWEST_ECHO_CHARS + 2);
  return (value) => {
    const phrase = phraseOf(looseWords(value));
    if (phrases.has(phrase) || told.some((argument) => phrase.includes(argument))) return true;
    return keys.size > 0 && valuesIn(value).some(({ key }) => keys.has(key));
  };
}

/** One-based lines of ascending offsets. */
class LineCounter {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  at(offset: number): number {
    for (
      let next = this.#text.indexOf('\n', this.#at);
      next >= 0 && next < offset;
      next = this.#text.indexOf('\n', this.#at)
    ) {
      this.#line++;
      this.#at = next + 1;
    }
    return this.#line;
  }
}

function lineAt(text: string, offset: number): number {
  return new LineCounter(text).at(offset);
}
