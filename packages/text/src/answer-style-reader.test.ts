import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerStyleReader, LANGUAGE_WORDS_MIN, REPETITION_RUNS_MIN, STYLE_CHARS_MAX } from './answer-style-reader.ts';

function read(...pieces: readonly string[]) {
  const reader = new AnswerStyleReader();
  for (const piece of pieces) reader.push(piece);
  return reader.read();
}
const words = (
  count: number,
  of = (n: number) =>
    `w${'abcdefghij'[n % 10]}${'klmnopqrst'[Math.floor(n / 10) % 10]}x${'uvwyz'[Math.floor(n / 100) % 5]}${'abcdefghij'[Math.floor(n / 500) % 10]}`,
) => Array.from({ length: count }, (_, n) => of(n)).join(' ');

const TEXTS: Readonly<Record<string, string>> = {
  en: 'The report shows that the number of visitors has grown, and you can see it in the table that is below.',
  de: 'Der Bericht zeigt, dass die Zahl der Besucher nicht mit dem Wetter steigt und auch im Winter hoch ist.',
  fr: "Le rapport montre que le nombre des visiteurs est en hausse dans les villes qui sont sur la côte, et pas dans l'arrière-pays.",
  es: 'El informe muestra que el número de los visitantes no es más alto en la costa, y que se ve como en la tabla.',
  it: 'La relazione mostra che il numero di visitatori non è più alto nel sud, e anche gli alberghi sono pieni per questo.',
  pt: 'O relatório mostra que o número dos visitantes não é mais alto em uma cidade do litoral, e as praias são cheias.',
  nl: 'Het rapport laat zien dat het aantal bezoekers niet op de kust stijgt, maar in een stad met een haven en het is ook druk.',
  pl: 'Raport pokazuje, że liczba gości nie jest większa na wybrzeżu, i że to się zmienia w miastach dla których są dane.',
  sv: 'Rapporten visar att det inte är fler besökare på kusten, och att det som har ökat är antalet för en stad med hamn.',
  cyrillic: 'Отчёт показывает, что число посетителей растёт в городах на побережье, а не в горах.',
  greek: 'Η έκθεση δείχνει ότι ο αριθμός των επισκεπτών αυξάνεται στις πόλεις της ακτής.',
  arabic: 'يظهر التقرير أن عدد الزوار يزداد في المدن الساحلية وليس في الجبال هذا العام',
  hebrew: 'הדוח מראה שמספר המבקרים עולה בערים לאורך החוף ולא בהרים השנה',
  chinese: '报告显示游客人数在沿海城市增长而不是在山区',
  japanese: '報告によると、訪問者の数は海岸の都市で増えています。',
  korean: '보고서에 따르면 해안 도시의 방문객 수가 늘고 있으며 산에서는 그렇지 않습니다',
};

describe('AnswerStyleReader', () => {
  it.each(Object.entries(TEXTS))('tells %s', (language, text) => {
    expect(read(text).language).toBe(language);
  });

  it('says `latin` where it is not told which language it is, and nothing of fewer words than tell', () => {
    expect(read(words(40)).language).toBe('latin');
    expect(read(words(LANGUAGE_WORDS_MIN)).language).toBe('latin');
    expect(read(words(LANGUAGE_WORDS_MIN - 1)).language).toBeUndefined();
  });

  it('measures how much of an answer came before in it', () => {
    expect(read(words(100)).repetition).toBe(0);
    expect(read(`${words(50)} ${words(50)}`).repetition).toBeCloseTo(0.48, 1);
    expect(read('I am sorry, I can not do that. '.repeat(30)).repetition).toBeGreaterThan(0.9);
  });

  it('says nothing of the repetition of fewer runs than tell', () => {
    expect(read(words(REPETITION_RUNS_MIN + 2)).repetition).toBeUndefined();
    expect(read(words(REPETITION_RUNS_MIN + 3)).repetition).toBe(0);
  });

  it('reads the same wherever an answer is cut into pieces', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(TEXTS)), fc.nat(120), (text, at) => {
        expect(read(text.slice(0, at), text.slice(at))).toEqual(read(text));
      }),
      { numRuns: 50 },
    );
  });

  it('reads so many characters at most', () => {
    const long = 'a '.repeat(STYLE_CHARS_MAX / 2);
    expect(read(long, TEXTS.cyrillic?.repeat(1_000) ?? '')).toEqual(read(long));
  });
});
