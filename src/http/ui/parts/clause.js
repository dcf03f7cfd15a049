// How a clause, its source and its relation to what was asked are shown, everywhere alike.

import { h, marked } from '../dom.js';
import { named, percent, t } from '../words.js';
import { address } from '../api.js';
import { notice } from './states.js';

/** The relation by colour, shape and word. */
export const relation = (name) => h(`span.relation.${name}`, { title: t(`relation.${name}.help`) }, t(`relation.${name}`));

/** A probability: number and bar. */
export function probability(share) {
  const shown = percent(share, share > 0.99 ? 1 : 0);
  return h(
    'span.probability',
    { title: t('probability.help') },
    h('span.meter', { 'aria-hidden': 'true', style: { '--share': `${Math.round(share * 100)}%` } }),
    h('span.hidden', {}, `${t('probability.label')} `),
    shown,
  );
}

/** `山东 枣庄市`, `国家`, or that it is not stated. `of` has `region` and `level`. */
export function place(of) {
  const { province, city, county } = of.region ?? {};
  // A municipality is its own city.
  const names = [province, city === province || city === `${province}市` ? null : city, county].filter(Boolean);
  if (names.length) return names.join(' ');
  return of.level === 'national' ? t('region.national') : t('region.none');
}

/** Where a document is read, at one of its clauses when one is named. */
export const documentAddress = (id, clause) => address('/document', { id, clause });

/** The number of a clause within its document: 12 of `xianning-2016:12`. */
export const ordinalOf = (clauseId) => clauseId.slice(clauseId.lastIndexOf(':') + 1);

/** Title, number, region, level, kind and date of a document, on one line; the title leads to the clause in it. */
export function source(of) {
  const title = of.document_title ?? of.title ?? of.document_id;
  const details = [
    place(of),
    of.level && named('level', of.level),
    of.kind && named('kind', of.kind),
    of.document_number,
    of.date ?? null,
  ].filter(Boolean);
  return h(
    'p.source',
    {},
    h('a', { href: documentAddress(of.document_id, of.clause_id && ordinalOf(of.clause_id)) }, title),
    details.map((detail) => h('span', {}, detail)),
    of.versions > 1 && h('span', {}, t('citation.versions', { n: of.versions })),
    of.newest === false && h('span.warn', {}, t('citation.older')),
  );
}

/** Headings above a clause and its own number. */
export function path(of) {
  const steps = [...(of.path ?? []), of.label].filter(Boolean);
  return steps.length ? h('p.path', {}, steps.map((step) => h('span', {}, step))) : null;
}

/** A clause as one cites it in a text. */
export function citation(of) {
  const title = of.document_title ?? of.document_id;
  const details = [of.document_number, of.date].filter(Boolean).join('，');
  return `《${title}》${details ? `（${details}）` : ''}${of.label ?? ''}：“${of.text}”`;
}

/** A button that copies a clause with its citation. */
export const copyButton = (of) =>
  h(
    'button.plain',
    {
      type: 'button',
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(citation(of));
          notice(t('citation.copied'));
        } catch {
          notice(t('citation.copy.failed'));
        }
      },
    },
    t('citation.copy'),
  );

/** What one can do with a clause that is stored. */
export const actions = (of) =>
  h(
    'div.actions',
    {},
    h('a', { href: documentAddress(of.document_id, ordinalOf(of.clause_id)) }, t('citation.open')),
    h('a', { href: address('/', { clause: of.clause_id }) }, t('hit.similar')),
    h('a', { href: address('/regions', { clause: of.clause_id }) }, t('hit.regions')),
    copyButton(of),
  );

/**
 * The two texts of a pair with what differs marked: `{ left: [nodes], right: [nodes] }`. `edits` have spans on both
 * sides, named `left` and `right` or, of hits, `query` and `text`.
 */
export function differing(left, right, edits) {
  const side = (span, tag, label) => ({ ...span, make: (part) => h(tag, { 'aria-label': label }, part) });
  const lefts = [];
  const rights = [];
  for (const edit of edits) {
    if (edit.kind === 'equal') continue;
    const [a, b] = [edit.left ?? edit.query, edit.right ?? edit.text];
    if (a.end > a.start) lefts.push(side(a, 'del'));
    if (b.end > b.start) rights.push(side(b, 'ins'));
  }
  return { left: marked(left, lefts), right: marked(right, rights) };
}

/** What differs in substance, a line each: figures, deadlines, actors, strength, scope. `null` when nothing does. */
export function measures(list, left = t('difference.asked'), right = t('difference.found')) {
  if (!list?.length) return null;
  const value = (v) => (v ? h('b', {}, v.text) : h('span.absent', {}, t('difference.absent')));
  return h(
    'dl.measures',
    {},
    list.map((d) => {
      const [a, b] = [d.left === undefined ? d.query : d.left, d.right === undefined ? d.text : d.right];
      return h('div', {}, h('dt', {}, named('measure', d.kind)), h('dd', {}, `${left} `, value(a), h('span.muted', { 'aria-hidden': 'true' }, ' ／ '), `${right} `, value(b)));
    }),
  );
}
