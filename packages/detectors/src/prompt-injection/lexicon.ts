import ar from './lexicon/ar.json' with { type: 'json' };
import de from './lexicon/de.json' with { type: 'json' };
import en from './lexicon/en.json' with { type: 'json' };
import es from './lexicon/es.json' with { type: 'json' };
import fr from './lexicon/fr.json' with { type: 'json' };
import hi from './lexicon/hi.json' with { type: 'json' };
import it from './lexicon/it.json' with { type: 'json' };
import ja from './lexicon/ja.json' with { type: 'json' };
import ko from './lexicon/ko.json' with { type: 'json' };
import nl from './lexicon/nl.json' with { type: 'json' };
import others from './lexicon/others.json' with { type: 'json' };
import pl from './lexicon/pl.json' with { type: 'json' };
import pt from './lexicon/pt.json' with { type: 'json' };
import ru from './lexicon/ru.json' with { type: 'json' };
import tr from './lexicon/tr.json' with { type: 'json' };
import zh from './lexicon/zh.json' with { type: 'json' };

/** Phrases by concept. An entry that ends in `*` is a stem; one that begins with `=` is matched in its own case. */
type Lexicon = Readonly<Record<string, readonly string[]>>;

/** English first: the first language's bit is the one whose word order counts. */
const LEXICONS: readonly Lexicon[] = [en, ar, de, es, fr, hi, it, ja, ko, nl, others, pl, pt, ru, tr, zh];

/** The scripts of these languages, by their Unicode names. A language that is written in one of them and not among these isn't told apart. */
export const LEXICON_SCRIPTS: readonly string[] = [
  'Latin',
  'Greek',
  'Cyrillic',
  'Arabic',
  'Devanagari',
  'Thai',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
];

/** The bit of English in `Entry.languages`. */
export const ENGLISH = 1;

/** One phrase of the lexicon, ready to be matched. */
export interface Entry {
  readonly concept: string;
  /** One bit for each language that has the phrase. */
  readonly languages: number;
  readonly phrase: string;
}

/** Every entry of every language. */
export function lexiconEntries(): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [language, lexicon] of LEXICONS.entries()) {
    for (const [concept, phrases] of Object.entries(lexicon)) {
      for (const phrase of phrases) entries.push({ concept, languages: 1 << language, phrase });
    }
  }
  return entries;
}

/** What stands behind a name: the prefilter ignores case, and the letters of `DAN` begin many words. */
const EXACT_ENDS = [' ', ',', '.', ':', ';', '"', "'", ')', ']', '!', '?', '-', '\n'] as const;

/**
 * Keywords that announce one of the concepts. The prefilter folds the case of ASCII letters alone, so phrases with other
 * letters come as they are, capitalised and in capitals.
 */
export function keywordsOf(concepts: ReadonlySet<string>): readonly string[] {
  const keywords = new Set<string>();
  for (const { concept, phrase } of lexiconEntries()) {
    if (!concepts.has(concept)) continue;
    if (phrase.startsWith('=')) {
      for (const end of EXACT_ENDS) keywords.add(phrase.slice(1) + end);
      continue;
    }
    const plain = phrase.replace(/\*/g, '');
    for (const form of [plain, withoutAccents(plain)]) {
      keywords.add(form);
      if (!isAscii(form)) {
        keywords.add(form.charAt(0).toUpperCase() + form.slice(1));
        keywords.add(form.toUpperCase());
      }
    }
  }
  return [...keywords];
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}

/** People leave accents out. Only Latin letters lose theirs: elsewhere a mark is part of the letter. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/([a-z])[\u0300-\u036f]+/gi, '$1')
    .normalize('NFC');
}
