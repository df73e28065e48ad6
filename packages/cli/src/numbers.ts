import { InvalidArgumentError } from 'commander';

/** A whole number that somebody gave as an option, 0.. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

/** Likewise, 1.. */
export function atLeastOne(text: string): number {
  const number = wholeNumber(text);
  if (number < 1) throw new InvalidArgumentError('must be at least 1');
  return number;
}
