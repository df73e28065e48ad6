/** Digits of a number, as values. */
const digitsOf = (compact: string): number[] => [...compact].map((char) => char.charCodeAt(0) - 48);

/** Sum of products, from the left; what is beyond the shorter of the two does not count. */
function weigh(compact: string, weights: readonly number[]): number {
  const digits = digitsOf(compact);
  return weights.reduce((sum, weight, i) => sum + weight * (digits[i] ?? 0), 0);
}

const lastDigit = (compact: string): number => compact.charCodeAt(compact.length - 1) - 48;

/** ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}

/** Whether month and day can stand in a calendar. */
function isDay(month: string, day: string): boolean {
  const [m, d] = [Number(month), Number(day)];
  return m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

const isAllOne = (compact: string): boolean => /^(.)\1*$/.test(compact);

const VERHOEFF_TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Product in the dihedral group of ten elements. */
function dihedral(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
  return b < 5 ? 5 + ((a - b) % 5) : (a - b + 5) % 5;
}

/** J. Verhoeff, Error detecting decimal codes (1969). */
function passesVerhoeff(compact: string): boolean {
  return (
    [...digitsOf(compact)].reverse().reduce((sum, digit, place) => {
      let turned = digit;
      for (let i = 0; i < place % 8; i++) turned = VERHOEFF_TURN[turned] ?? 0;
      return dihedral(sum, turned);
    }, 0) === 0
  );
}

/** ISO/IEC 7064, MOD 11,10. */
function passesMod1110(compact: string): boolean {
  let product = 10;
  for (const digit of digitsOf(compact.slice(0, -1))) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === lastDigit(compact);
}

/** Two check digits of Brazil, each over everything before it. */
function passesBrazil(compact: string, weights: readonly number[]): boolean {
  const digit = (rest: number) => (rest < 2 ? 0 : 11 - rest);
  const first = digit(weigh(compact, weights.slice(1)) % 11);
  const second = digit(weigh(compact, weights) % 11);
  return !isAllOne(compact) && compact.endsWith(`${first}${second}`);
}

const SPANISH_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const FINNISH_CHARS = '0123456789ABCDEFHJKLMNPRSTUVWXY';
const ITALIAN_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const VIN_VALUES: Readonly<Record<string, number>> = Object.fromEntries(
  [...'ABCDEFGHJKLMNPRSTUVWXYZ'].map((char, i) => [char, Number('12345678123457923456789'.charAt(i))]),
);

function passesSnils(compact: string): boolean {
  const sum = weigh(compact, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101;
  return Number(compact.slice(9)) === sum % 100;
}

function passesInn(compact: string): boolean {
  const tail = [2, 4, 10, 3, 5, 9, 4, 6, 8];
  const check = (weights: readonly number[]) => (weigh(compact, weights) % 11) % 10;
  if (compact.length === 10) return check(tail) === lastDigit(compact);
  return check([7, ...tail, 0].slice(0, 10)) === Number(compact[10]) && check([3, 7, ...tail]) === lastDigit(compact);
}

function passesTurkish(compact: string): boolean {
  const d = digitsOf(compact);
  const at = (i: number) => d[i] ?? 0;
  const odd = at(0) + at(2) + at(4) + at(6) + at(8);
  const even = at(1) + at(3) + at(5) + at(7);
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  return at(0) !== 0 && tenth === at(9) && (odd + even + tenth) % 10 === at(10);
}

function passesItalian(compact: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = compact.charCodeAt(i);
    const value = code < 65 ? code - 48 : code - 65;
    sum += i % 2 === 0 ? (ITALIAN_ODD[value] ?? 0) : value;
  }
  return compact.charCodeAt(15) - 65 === sum % 26;
}

function passesVin(compact: string): boolean {
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const sum = weights.reduce((total, weight, i) => {
    const char = compact.charAt(i);
    return total + weight * (VIN_VALUES[char] ?? Number(char));
  }, 0);
  return compact[8] === (sum % 11 === 10 ? 'X' : String(sum % 11));
}

/** ICAO 9303, part 3, section 4.9: weights 7, 3, 1 over digits and letters from 10. */
function passesIcao(compact: string): boolean {
  const sum = [...compact.slice(0, -1)].reduce((total, char, i) => {
    return total + Number.parseInt(char, 36) * ([7, 3, 1][i % 3] ?? 0);
  }, 0);
  return sum % 10 === lastDigit(compact);
}

function passesBelgian(compact: string): boolean {
  const check = Number(compact.slice(9));
  const base = compact.slice(0, 9);
  return check === 97 - (Number(base) % 97) || check === 97 - (Number(`2${base}`) % 97);
}

/** A personal number of Sweden: ten digits under Luhn, the last two of the year first. */
function passesSwedish(compact: string): boolean {
  const ten = compact.slice(-10);
  const day = Number(ten.slice(4, 6));
  // A coordination number adds 60 to the day.
  return isDay(ten.slice(2, 4), String(day > 60 ? day - 60 : day)) && passesLuhn(ten);
}

function passesNorwegian(compact: string): boolean {
  return (
    weigh(compact, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weigh(compact, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}

function passesPesel(compact: string): boolean {
  const month = Number(compact.slice(2, 4)) % 20;
  return isDay(String(month), compact.slice(4, 6)) && weigh(compact, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

function passesResident(compact: string): boolean {
  if (!/^(?:19|20)/.test(compact.slice(6)) || !isDay(compact.slice(10, 12), compact.slice(12, 14))) return false;
  return '10X98765432'.charAt(weigh(compact, RESIDENT_WEIGHTS) % 11) === compact[17];
}

function passesMyNumber(compact: string): boolean {
  const rest = weigh(compact, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return !isAllOne(compact) && (rest < 2 ? 0 : 11 - rest) === lastDigit(compact);
}

function passesNrs(compact: string): boolean {
  const rest = 11 - (weigh(compact, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return !isAllOne(compact) && (rest === 11 ? 0 : rest) === lastDigit(compact);
}

function passesSingapore(compact: string): boolean {
  const sum = weigh(compact.slice(1), [2, 7, 6, 5, 4, 3, 2]);
  const first = compact.charAt(0);
  const rest = (sum + ('TG'.includes(first) ? 4 : 0)) % 11;
  const letters = 'ST'.includes(first) ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK';
  return 'STFG'.includes(first) && letters[rest] === compact[8];
}

/** INSEE: the key makes 97 of the rest; Corsica writes letters for its departments. */
function passesNir(compact: string): boolean {
  const number = Number(compact.slice(0, 13).replace('2A', '19').replace('2B', '18'));
  return /^[1278]/.test(compact) && 97 - (number % 97) === Number(compact.slice(13));
}

/** Social Security Administration, POMS RM 10201.035: areas, groups and serials that are never given out. */
function isSsn(compact: string): boolean {
  return (
    !/^(?:000|666|9)/.test(compact) && compact.slice(3, 5) !== '00' && !compact.endsWith('0000') && !isAllOne(compact)
  );
}

/** HM Revenue and Customs, National Insurance Manual NIM39110: letters and pairs that are not used. */
function isNino(compact: string): boolean {
  return /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]$/.test(compact);
}

/** One digit comes two or three times in the first ten, and none begins with 0. */
function isGermanTaxId(compact: string): boolean {
  const most = Math.max(...[...'0123456789'].map((digit) => compact.slice(0, 10).split(digit).length - 1));
  return compact[0] !== '0' && (most === 2 || most === 3) && passesMod1110(compact);
}

/**
 * Whether a number without separators, in capitals, holds by the rules of its kind. Sources: README.md beside this file.
 * Each takes a number of the right form; the forms are in `identifiers.json` and `labelled.json`.
 */
export const CHECKS = {
  luhn: (compact) => passesLuhn(compact) && !isAllOne(compact),
  verhoeff: (compact) => /^[2-9]/.test(compact) && passesVerhoeff(compact),
  ssn: isSsn,
  itin: (compact) => /^9[0-9]{2}(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-2]|9[4-9])/.test(compact),
  ein: (compact) => !/^(?:0[07-9]|1[7-9]|28|29|49|69|70|78|79|89|9[67])/.test(compact) && !isAllOne(compact),
  nhs: passesNrs,
  nino: isNino,
  utr: (compact) =>
    !isAllOne(compact) &&
    '21987654321'.charAt(weigh(compact.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11) === compact[0],
  'de-tax': isGermanTaxId,
  nir: passesNir,
  dni: (compact) => SPANISH_LETTERS.charAt(Number(compact.slice(0, 8)) % 23) === compact[8],
  nie: (compact) =>
    /^[XYZ]/.test(compact) &&
    SPANISH_LETTERS.charAt(Number(`${'XYZ'.indexOf(compact.charAt(0))}${compact.slice(1, 8)}`) % 23) === compact[8],
  'fiscal-code': (compact) => 'ABCDEHLMPRST'.includes(compact.charAt(8)) && passesItalian(compact),
  bsn: (compact) => !isAllOne(compact) && weigh(compact, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
  pesel: passesPesel,
  nip: (compact) => !isAllOne(compact) && weigh(compact, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === lastDigit(compact),
  cpf: (compact) => passesBrazil(compact, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]),
  cnpj: (compact) => passesBrazil(compact, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
  'in-pan': (compact) => 'ABCFGHJLPT'.includes(compact.charAt(3)),
  swedish: passesSwedish,
  finnish: (compact) =>
    isDay(compact.slice(2, 4), compact.slice(0, 2)) &&
    FINNISH_CHARS.charAt(Number(compact.slice(0, 6) + compact.slice(-4, -1)) % 31) === compact.at(-1),
  // Check digits of Denmark no longer hold since 2007, so that only the date counts.
  cpr: (compact) => isDay(compact.slice(2, 4), compact.slice(0, 2)),
  norwegian: passesNorwegian,
  resident: passesResident,
  rrn: (compact) => isDay(compact.slice(2, 4), compact.slice(4, 6)) && /^[1-8]/.test(compact.slice(6)),
  'my-number': passesMyNumber,
  tfn: (compact) => !isAllOne(compact) && weigh(compact, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
  abn: (compact) =>
    weigh(`${Number(compact[0]) - 1}${compact.slice(1)}`, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 === 0,
  medicare: (compact) => /^[2-6]/.test(compact) && weigh(compact, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(compact[8]),
  belgian: passesBelgian,
  nif: (compact) =>
    /^[1-35689]/.test(compact) && [0, 10].includes((11 - (weigh(compact, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11)
      ? compact.endsWith('0')
      : (11 - (weigh(compact, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === lastDigit(compact),
  ahv: (compact) => compact.startsWith('756') && weigh(compact, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
  turkish: passesTurkish,
  'za-id': (compact) => isDay(compact.slice(2, 4), compact.slice(4, 6)) && passesLuhn(compact),
  singapore: passesSingapore,
  snils: (compact) => !isAllOne(compact) && passesSnils(compact),
  inn: (compact) => !isAllOne(compact) && passesInn(compact),
  aba: (compact) =>
    /^(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(compact) &&
    !isAllOne(compact) &&
    weigh(compact, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
  icao: passesIcao,
  vin: passesVin,
  form: () => true,
} as const satisfies Readonly<Record<string, (compact: string) => boolean>>;

export type CheckName = keyof typeof CHECKS;

/** @throws {RangeError} for a name that a table has and no check */
export function checkNamed(name: string): CheckName {
  if (!Object.hasOwn(CHECKS, name)) throw new RangeError(`no check is called ${name}`);
  return name as CheckName;
}
