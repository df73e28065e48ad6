import { type Category, CHECKPOINTS, type Checkpoint, type Detector, SallyportError } from '@sallyport/core';
import type { CustomDetectorSpec } from './custom-detector-spec.ts';
import { createKeywordDetector } from './keyword-detector.ts';
import { CUSTOM_LIMITS, DEFAULT_MAX_MATCH_CHARS } from './limits.ts';
import { createPatternDetector } from './pattern-detector.ts';

/** A detector of an operator's own, as configuration describes it. */
export interface CustomDetectorOptions {
  readonly id: string;
  /** Default `custom`. */
  readonly category?: Category;
  /** Type of its findings, kebab-case; default the id. */
  readonly type?: string;
  /** Words or phrases, ASCII case ignored; up to 10,000 of up to 256 characters. Either these or `pattern`. */
  readonly keywords?: readonly string[];
  /** Whether a keyword counts only as a whole word, default true. Scripts that write no spaces are exempt. */
  readonly wholeWords?: boolean;
  /** Expression in RE2 syntax, up to 4,096 characters, that matches no empty text; `^` and `$` match at line ends. */
  readonly pattern?: string;
  /** `i` ignores case, `s` lets `.` match line ends; default none. */
  readonly flags?: string;
  /** Longest match of the pattern, 1..4,096, default 128: longer ones are cut. A stream holds back as much. */
  readonly maxMatchChars?: number;
  /** 0..1, default 1. */
  readonly score?: number;
  /** Default all. */
  readonly points?: readonly Checkpoint[];
}

/**
 * Makes a detector of configured keywords or of a configured expression. Expressions run on an engine that takes time
 * linear in the text whatever the expression, so that none can hang the gateway.
 * @throws {SallyportError} `CONFIG_INVALID` for options outside their limits and expressions that don't compile
 */
export function createCustomDetector(options: CustomDetectorOptions): Detector {
  const spec = {
    id: options.id,
    category: options.category ?? 'custom',
    type: options.type ?? options.id,
    keywords: options.keywords ?? [],
    wholeWords: options.wholeWords ?? true,
    pattern: options.pattern,
    flags: options.flags ?? '',
    maxMatchChars: options.maxMatchChars ?? DEFAULT_MAX_MATCH_CHARS,
    score: options.score ?? 1,
    points: options.points ?? CHECKPOINTS,
  };
  checkLimits(spec);
  return spec.pattern === undefined ? createKeywordDetector(spec) : createPatternDetector(spec, spec.pattern);
}

function checkLimits({ id, type, keywords, pattern, maxMatchChars, score, points, flags }: CustomDetectorSpec): void {
  const isBadKeyword = (word: string) => word.trim() === '' || word.length > CUSTOM_LIMITS.maxKeywordChars;
  const problems = [
    [!/^[a-z][a-z0-9-]{0,63}$/.test(type), 'its type is not kebab-case of at most 64 characters'],
    [(keywords.length === 0) === (pattern === undefined), 'it needs either keywords or a pattern'],
    [keywords.length > CUSTOM_LIMITS.maxKeywords, `it has more than ${CUSTOM_LIMITS.maxKeywords} keywords`],
    [keywords.some(isBadKeyword), `a keyword is blank or longer than ${CUSTOM_LIMITS.maxKeywordChars} characters`],
    [(pattern?.length ?? 1) > CUSTOM_LIMITS.maxPatternChars, 'its pattern is longer than the limit'],
    [pattern === '', 'its pattern is empty'],
    [!/^[is]{0,2}$/.test(flags), 'its flags are not among `i` and `s`'],
    [!isWithin(maxMatchChars, 1, CUSTOM_LIMITS.maxMatchChars), 'its longest match is out of range'],
    [!(score >= 0 && score <= 1), 'its score is not within 0..1'],
    [points.length === 0, 'it runs nowhere'],
  ] as const;
  const problem = problems.find(([holds]) => holds);
  if (problem !== undefined) {
    throw new SallyportError('CONFIG_INVALID', { detail: `custom detector \`${id}\`: ${problem[1]}` });
  }
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
