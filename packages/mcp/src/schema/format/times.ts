const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,64})?(?:[zZ]|([+-])([0-9]{2}):([0-9]{2}))$/;
const DATE_CHARS = 10;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MINUTES_OF_DAY = 1_440;

/** RFC 3339, `full-date`: a day that there is. */
export function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  const leaps = Number(month) === 2 && isLeapYear(Number(year)) ? 1 : 0;
  const days = (DAYS[Number(month) - 1] ?? 0) + leaps;
  return Number(day) >= 1 && Number(day) <= days;
}

/** RFC 3339, `full-time`: with its offset from UTC; a second of 60 only where UTC has one, at the end of a day. */
export function isTime(text: string): boolean {
  const [matched, hour, minute, second, sign, offsetHours = '0', offsetMinutes = '0'] = TIME.exec(text) ?? [];
  if (matched === undefined) return false;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return false;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return false;
  if (Number(second) < 60) return true;
  const offset = Number(offsetHours) * 60 + Number(offsetMinutes);
  const local = Number(hour) * 60 + Number(minute);
  const inUtc = local + (sign === '-' ? offset : -offset) + MINUTES_OF_DAY;
  return inUtc % MINUTES_OF_DAY === MINUTES_OF_DAY - 1;
}

/** RFC 3339, `date-time`: a `T` between the two, no space. */
export function isDateTime(text: string): boolean {
  return (
    /^[tT]/.test(text.slice(DATE_CHARS)) && isDate(text.slice(0, DATE_CHARS)) && isTime(text.slice(DATE_CHARS + 1))
  );
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
