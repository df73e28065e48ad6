import type { AlertMessage } from '../alert-message.ts';
import type { AlertWriter } from './alert-sink.ts';

/** Exchanges that a message names; the record has more. */
const NAMED_MAX = 3;

/** Text that an incoming webhook of Slack shows; names come from clients and models, so nothing in them is markup. */
export const slackWriter: AlertWriter = (message) => ({
  headers: {},
  body: JSON.stringify({ text: textOf(message) }),
});

function textOf({ step, alert, suppressed, by }: AlertMessage): string {
  const { severity, rule, about, times, evidence } = alert;
  const { exchanges, value, bound } = evidence;
  const facts = Object.entries(about).map(([attribute, name]) => `${attribute} \`${plain(name)}\``);
  const measured = value === undefined || bound === undefined ? '' : `, ${shown(value)} (bound ${shown(bound)})`;
  const lines = [
    `*${severity}: ${plain(rule)}* ${step}${by === undefined ? '' : ` by ${plain(by)}`}${measured}`,
    ...(facts.length > 0 ? [facts.join(', ')] : []),
    ...(times > 1 ? [`came about ${times} times`] : []),
    ...(exchanges.length > 0 ? [`see ${exchanges.slice(-NAMED_MAX).map(plain).join(', ')}`] : []),
    ...(suppressed === undefined ? [] : [`${suppressed} further alerts were only counted`]),
    `\`sallyport alerts show ${alert.id}\``,
  ];
  return lines.join('\n');
}

/** Source: https://docs.slack.dev/messaging/formatting-message-text, "Escaping text". */
function plain(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e\u00a1-\uffff]|`/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
