import { requestBody } from './chat-wire.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
/** Put together here, so that no scanner takes this file for a leak. */
const AWS_KEY = ['AKIA', 'QYLPMN5H', 'HFPZKT2X'].join('');
const GITHUB = ['ghp', '_', 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5'].join('');

/** Pieces of answers in which nothing is found, however they are put together. */
export const PLAIN_PIECES = [
  'Hello ',
  'the ',
  'quick brown fox. ',
  'a',
  'is it 12 ',
  '\n',
  'naïve ',
  '漢字 ',
  '😀',
  '- ',
  '(',
  ') ',
  ', ',
];
/** Pieces in which something is found, hidden or only begun. */
export const MARKED_PIECES = [
  'joe@example.com',
  'ann.lee@mail.example.org ',
  '4111 1111 1111 1111',
  '5500005555555559 ',
  'DE89370400440532013000',
  'GB82 WEST 1234 5698 7654 32',
  AWS_KEY,
  `${AWS_KEY}. `,
  GITHUB,
  'jo\u200be@example.com',
  base64('mail joe@example.com please'),
  base64(`key ${AWS_KEY} end`),
  '[EMAIL_1]',
  '[=EMAIL_1]',
  '[EMAIL_',
  '+49 30 901820',
  '192.168.17.4',
];
/** A request in which nothing is found. */
export const HI = requestBody('hi');
