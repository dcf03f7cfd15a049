// A clause of one side, with what changed in it.

import { Characters, h, marked } from '../../dom.js';
import { documentAddress, measures, ordinalOf, relation } from '../../parts/clause.js';
import { t } from '../../words.js';

export const OTHER = { left: 'right', right: 'left' };

/** Whether a row shows a change: anything but the same words in the same place. */
export const changed = (row) => row.kind !== 'aligned' || row.relation !== 'verbatim' || row.moved || row.measures.length > 0;

const about = (kind) => (row) => row.measures.some((difference) => difference.kind === kind);

/** Which rows are shown, by the name of what is shown. */
export const SHOWN = {
  all: () => true,
  changed,
  only: (row) => row.kind !== 'aligned',
  moved: (row) => row.moved,
  figure: about('figure'),
  deadline: about('deadline'),
  responsible: about('responsible'),
  obligation: about('obligation'),
  scope: about('scope'),
};

/** The texts of a row's clauses on one side, each with its edits marked; spans run over all of them. */
function texts(row, side) {
  let offset = 0;
  return row[side].map((clause) => {
    const [from, length] = [offset, new Characters(clause.text).length];
    // One character for the line break between them.
    offset += length + 1;
    const spans = row.edits.filter((edit) => edit.kind !== 'equal').map((edit) => edit[side]);
    const here = spans.filter((span) => span.end > span.start && span.end > from && span.start < from + length);
    const tag = side === 'left' ? 'del' : 'ins';
    return marked(
      clause.text,
      here.map((span) => ({ start: span.start - from, end: span.end - from, make: (part) => h(tag, {}, part) })),
    );
  });
}

const label = (clause, documentId) =>
  documentId && clause.clause_id
    ? h('a', { href: documentAddress(documentId, ordinalOf(clause.clause_id)) }, clause.label || t('citation.open'))
    : h('span', {}, clause.label);

/** What a row is, beside its clause: the relation or which side alone has it, and whether it stands elsewhere. */
export const tags = (row, side) => [
  row.kind === 'aligned' ? relation(row.relation) : h(`span.only.${side}`, {}, t(`compare.only.${side}`)),
  row.moved && h('span.moved', {}, t('compare.moved')),
];

/** What differs in substance, told once a row. */
export const substance = (row) => measures(row.measures, t('compare.side.left'), t('compare.side.right'));

/**
 * The clauses of a row on one side as elements. `goTo()` shows what answers them on the other side; without it there is
 * no button for that.
 */
export function clauses(row, side, documentId, goTo) {
  const others = row[OTHER[side]].map((clause) => clause.label).filter(Boolean);
  const partner = [...new Set(others)].join(t('common.and')) || t('compare.partner');
  const bodies = texts(row, side);
  return row[side].map((clause, place) =>
    h(
      'div.clause',
      { class: row.kind === 'aligned' ? row.relation : `only-${side}` },
      h(
        'div.about',
        {},
        label(clause, documentId),
        tags(row, side),
        goTo &&
          row.kind === 'aligned' &&
          h('button.plain.partner', { type: 'button', onclick: goTo }, t(side === 'left' ? 'compare.to' : 'compare.from', { label: partner })),
      ),
      h('p.text', {}, bodies[place]),
      side === 'right' && place === 0 && substance(row),
    ),
  );
}
