import { definitions, html, type Markup, page, type Shown, table } from '@sallyport/pages';
import type { ControlReport, Holding, SpeaksReport } from './assess.ts';
import type { Evidence } from './evidence.ts';

const WORDS: Readonly<Record<Holding, string>> = {
  holds: 'stands',
  partly: 'stands in part',
  lacking: 'does not stand',
};
const TONES: Readonly<Record<Holding, string>> = { holds: 'good', partly: 'part', lacking: 'bad' };

/** The evidence as one page that needs nothing else: no script, nothing loaded, every value escaped. */
export function evidenceHtml(evidence: Evidence): string {
  const { framework, period } = evidence;
  const title = `${framework.title} ${framework.version}`;
  return page({
    title: `Evidence: ${title}`,
    kicker: 'Evidence of a Sallyport gateway',
    heading: title,
    lead: html`${framework.publisher}. Source: ${framework.source}.${framework.note === undefined ? '' : ` ${framework.note}`}`,
    sections: [
      { title: 'What this is evidence of', body: scope(evidence) },
      { title: 'Controls', body: framework.controls.map(control) },
      { title: 'Figures of the period', body: figures(period.figures) },
      { title: 'Check it without the gateway', body: checking(evidence) },
    ],
  });
}

function scope({ period, log, createdAt, product, policySet }: Evidence): Shown {
  return html`${definitions([
    ['Period', `${period.from} to ${period.to}`],
    ['Records', `${period.records} in the period, ${log.size} in the log${archivedNote(log)}`],
    ['Log', `${log.origin}, root ${log.root}${log.verified ? '' : ' (problems were found: the log did not verify)'}`],
    ['Policy set', policySet],
    ['Sets that decided', period.policySets.join(', ') || 'none'],
    ['Text inspected', `${period.inspectedChars} characters; not inspected ${period.uninspectedChars}`],
    ['Made', `${createdAt}, version ${product.version}`],
  ])}
<p>It says what stood when it was made and what the log shows of the period. It is no certificate: beside every control stands what nothing here speaks for.</p>`;
}

function archivedNote({ archived }: Evidence['log']): string {
  return archived === 0 ? '' : `; the first ${archived} of them are in the archive and were not counted`;
}

function control({ id, title, verified, holding, speaks, notCovered }: ControlReport): Markup {
  const tone = TONES[holding];
  return html`<article class="${tone}">
<h3><span class="id">${id}</span> ${title} <span class="badge ${tone}">${speaks.length === 0 ? 'nothing here speaks for it' : WORDS[holding]}</span></h3>
${verified ? undefined : html`<p class="bad-words">This id was not read in the source: check it before you rely on it.</p>`}
${speaks.map(statement)}
<p class="lead">Not covered</p>
<ul class="bad-words">${notCovered.map((gap) => html`<li>${gap}.</li>`)}</ul>
</article>
`;
}

function statement({ says, holding, probes, detectors, settings, figures: counts, examples }: SpeaksReport): Markup {
  const lines = [
    ...(probes === undefined
      ? []
      : [
          `${probes.met} of ${probes.asked} hostile probes meet a policy${probes.policies.length === 0 ? '' : `: ${probes.policies.join(', ')}`}`,
          ...probes.unmet.map(
            ({ point, category, monitored }) =>
              `unprotected: ${category} at ${point}${monitored ? ' (reported only)' : ''}`,
          ),
        ]),
    ...detectors.map(
      ({ id, version, says: state }) => `detector ${id}${version === '' ? '' : ` ${version}`}: ${state}`,
    ),
    ...settings.map(({ says: state }) => state),
    ...(Object.keys(counts).length === 0
      ? []
      : [
          Object.entries(counts)
            .map(([name, count]) => `${name} ${count}`)
            .join(', '),
        ]),
    ...(examples.length === 0 ? [] : [`leaves ${examples.join(', ')}`]),
  ];
  return html`<div class="statement"><p>${says}. <span class="badge ${TONES[holding]}">${WORDS[holding]}</span></p>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></div>
`;
}

function figures(counts: Readonly<Record<string, number>>): Markup {
  return table({
    caption: 'Counted over the records of the period',
    columns: [
      { title: 'figure', align: 'left' },
      { title: 'count', align: 'right' },
    ],
    rows: Object.entries(counts),
    none: 'No record stands in the period.',
  });
}

function checking({ wholeLog }: Evidence): Markup {
  return html`<pre>sallyport evidence verify &lt;this folder&gt; --vkey &lt;the log's key, from somewhere else&gt;</pre>
<p>It checks the manifest's signature, every file against it, every leaf against the log's checkpoint${wholeLog ? ', the whole log against its root, and counts the figures again' : ''}.</p>`;
}
