// A clause of the draft and what is known about it: its precedents with their differences, and how it deviates from all
// of them.

import { h, marked } from '../../dom.js';
import { actions, differing, documentAddress, measures, ordinalOf, path, probability, relation, source } from '../../parts/clause.js';
import { number, t } from '../../words.js';
import { standing, verdictTag } from './list.js';
import { documentOf } from './ratios.js';

/** Precedents that are shown whatever they are. */
const FEW = 2;

/** `85%～95%`; one value where both bounds are the same. */
export const range = ({ lowest, highest, unit }) =>
  lowest === highest ? `${number(lowest)}${unit}` : `${number(lowest)}${unit}～${number(highest)}${unit}`;

/** In words that the draft has a figure that no precedent has. */
export const figureWords = (figure) =>
  t('check.figure', { draft: figure.draft.text, range: range(figure) }) +
  t(figure.outside ? 'check.figure.outside' : 'check.figure.inside');

/** In words that the draft binds otherwise than all precedents. */
export function strengthWords({ draft, precedents }) {
  const word = (strength) => t(`check.strength.${strength}`);
  const others = [...new Set(precedents.map((p) => word(p.strength)))].join(t('common.and'));
  return t('check.strength', { draft: word(draft), others });
}

/**
 * What is shown of a judged clause. `documents` knows the titles of documents; `leave()` leaves the clause out of the
 * ratios, or takes it in again.
 */
export function precedentsOf(judgement, { left, documents, leave }) {
  const { clause, verdict, precedents, sources } = judgement;
  const name = standing(judgement, left);
  const isLeft = left.has(clause.ordinal);
  const hidden = clause.precedents.length - precedents.length;
  // The nearest ones in any case: that they are far is what one should see.
  const isNear = (hit, place) => place < FEW || hit.relation !== 'none';
  const near = precedents.filter(isNear);
  const far = precedents.filter((hit, place) => !isNear(hit, place));
  return [
    h(
      'div.about',
      {},
      h('h2', {}, verdictTag(name), ' ', clause.label || t('check.clause', { n: clause.ordinal + 1 })),
      h('button.plain.leave', { type: 'button', 'aria-pressed': String(isLeft), onclick: leave }, t(isLeft ? 'check.leave.back' : 'check.leave')),
    ),
    clause.lead_in && h('p.muted', {}, `${t('check.lead_in')}${t('check.colon')}`, clause.lead_in),
    deviations(judgement, documents),
    note(judgement),
    cards(clause, near, t('check.precedents')),
    far.length > 0 && h('details.far', {}, h('summary', {}, t('check.far', { n: far.length })), cards(clause, far, t('check.far', { n: far.length }))),
    hidden > 0 && h('p.muted', {}, t('check.out.hidden', { n: hidden })),
    verdict === 'precedented' && sources.length > new Set(precedents.map((hit) => hit.document_id)).size && h('p.muted', {}, t('check.beyond', { n: sources.length })),
  ];
}

const cards = (clause, hits, label) =>
  hits.length > 0 && h('ol.precedents', { 'aria-label': label }, hits.map((hit) => h('li', { class: `card precedent ${hit.relation}` }, precedent(clause, hit))));

function note({ clause, verdict, precedents }) {
  if (!precedents.length) {
    const unsearched = clause.formula && !clause.precedents.length;
    return h('p.muted', {}, t(unsearched ? 'check.formula.unsearched' : 'check.nothing'));
  }
  if (verdict === 'precedented') return null;
  return h('p.muted', {}, t(verdict === 'related' ? 'check.near' : 'check.nearest'));
}

function deviations({ figures, strength }, documents) {
  if (!figures.length && !strength) return null;
  const link = ({ clause_id: id }, words) =>
    h(
      'li',
      {},
      words,
      h('a', { href: documentAddress(documentOf(id), ordinalOf(id)) }, documents.get(documentOf(id))?.document_title ?? documentOf(id)),
    );
  return h(
    'div.deviations',
    {},
    figures.map((figure) => [
      h('p', {}, h('b', {}, t('check.flag.figure')), t('check.colon'), figureWords(figure)),
      h('ul', {}, figure.precedents.slice(0, 4).map((p) => link(p, `${p.text} `))),
    ]),
    strength && [
      h('p', {}, h('b', {}, t('check.flag.strength')), t('check.colon'), strengthWords(strength)),
      h('ul', {}, strength.precedents.slice(0, 4).map((p) => link(p, `${t(`check.strength.${p.strength}`)} `))),
    ],
  );
}

/** A precedent, with what differs marked where it is copied, and with what says the same where it is not. */
function precedent(clause, hit) {
  const { difference, highlights } = hit;
  const edited = difference?.edits?.some((edit) => edit.kind !== 'equal');
  const both = edited ? differing(clause.text, hit.text, difference.edits) : null;
  const same = hit.relation === 'verbatim' && !edited;
  const words = both
    ? both.right
    : same
      ? hit.text
      : marked(hit.text, highlights.map((highlight) => ({ ...highlight.text, make: (part) => h('mark', {}, part) })));
  const side = (name, text) => h('p.text', {}, h('span.side', {}, t(`check.side.${name}`)), text);
  return [
    h('div.row', {}, relation(hit.relation), probability(hit.probability), hit.boilerplate && h('span.muted', {}, t('formula.any'))),
    both && side('draft', both.left),
    both ? side('precedent', words) : h('p.text', {}, words),
    measures(difference?.measures, t('check.side.draft'), t('check.side.precedent')),
    source(hit),
    path(hit),
    actions(hit),
  ];
}
