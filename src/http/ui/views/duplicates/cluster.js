// A group of clauses that are near-duplicates, with the one that stands for them.

import { address } from '../../api.js';
import { appended, Characters, h } from '../../dom.js';
import { actions, measures, path, relation, source } from '../../parts/clause.js';
import { failure } from '../../parts/states.js';
import { define, percent, t } from '../../words.js';

define({
  zh: {
    'cluster.size': '{size} 条',
    'cluster.documents': '出自 {n} 篇文档',
    'cluster.texts': '{n} 种写法',
    'cluster.lowest': '最不相近的两条也有 {share} 相同',
    'cluster.representative': '代表',
    'cluster.rule.level': '发文层级最高',
    'cluster.rule.validity': '仍然有效',
    'cluster.rule.date': '日期最新',
    'cluster.rule.centrality': '与其余各条最接近',
    'cluster.rule.id': '各条不分先后，按编号取第一条',
    'cluster.rule.label': '选它的理由：{why}',
    'cluster.same': '与代表一字不差',
    'cluster.apart': '只有标点、地名或数字与代表不同',
    'cluster.score': '与代表 {share} 相同',
    'cluster.more': '显示其余 {n} 条',
    'cluster.most': '只列出 {n} 条，其余见导出的文件',
    'cluster.compare': '两篇比对',
    'cluster.of': '代表',
    'cluster.here': '此条',
  },
  en: {
    'cluster.size': '{size} clauses',
    'cluster.documents': 'of {n} documents',
    'cluster.texts': '{n} wordings',
    'cluster.lowest': 'any two {share} alike or more',
    'cluster.representative': 'Stands for them',
    'cluster.rule.level': 'issued at the highest level',
    'cluster.rule.validity': 'in force',
    'cluster.rule.date': 'newest',
    'cluster.rule.centrality': 'nearest in wording to all others',
    'cluster.rule.id': 'all are equal; the first by its id',
    'cluster.rule.label': 'why this one: {why}',
    'cluster.same': 'the same, character by character',
    'cluster.apart': 'only punctuation, places or numbers differ',
    'cluster.score': '{share} like the one above',
    'cluster.more': 'Show the other {n}',
    'cluster.most': 'Only {n} are listed here; the exported file has the others',
    'cluster.compare': 'Compare the documents',
    'cluster.of': 'above',
    'cluster.here': 'here',
  },
});

/** A group as a card; `more()` gives it with all its members. */
export function cluster(found, more, signal) {
  const { size, documents, texts, lowest_score: lowest, representative, rule, members } = found;
  const list = h('ol.members', {}, members.map((member) => memberOf(member, representative)));
  const rest = size - 1 - members.length;
  const button = rest > 0 && h('button.plain', { type: 'button', onclick: () => all() }, t('cluster.more', { n: rest }));
  const all = async () => {
    button.disabled = true;
    try {
      const whole = await more();
      const others = whole.members.slice(members.length);
      const missing = whole.size - 1 - whole.members.length;
      const first = list.childElementCount;
      const adding = appended(list, others, (member) => memberOf(member, representative), signal);
      list.children[first]?.querySelector('a')?.focus({ preventScroll: true });
      await adding;
      button.replaceWith(missing > 0 ? h('p.muted', {}, t('cluster.most', { n: whole.members.length })) : '');
    } catch (error) {
      button.disabled = false;
      if (error.name !== 'AbortError') button.after(failure(error));
    }
  };
  const why = t('cluster.rule.label', { why: t(`cluster.rule.${rule}`) });
  return h(
    'li.card.cluster',
    {},
    h(
      'div.row.sizes',
      {},
      h('h2', {}, t('cluster.size', { size })),
      h('p.muted.row', {}, [t('cluster.documents', { n: documents }), t('cluster.texts', { n: texts }), t('cluster.lowest', { share: percent(lowest) })].map((what) => h('span', {}, what))),
    ),
    h(
      'div.representative',
      {},
      h('p.row', {}, h('b', {}, t('cluster.representative')), h('span.muted', {}, why)),
      h('p.text', {}, representative.text),
      source(representative),
      path(representative),
      actions(representative),
    ),
    list,
    button,
  );
}

function memberOf(member, representative) {
  const { difference } = member;
  const edits = difference?.edits ?? [];
  const changed = edits.some((edit) => edit.kind !== 'equal');
  return h(
    'li.member',
    {},
    h('div.row', {}, relation(member.relation), h('span.muted', {}, likeness(member, changed))),
    changed && h('p.text', {}, woven(representative.text, member.text, edits)),
    measures(difference?.measures, t('cluster.of'), t('cluster.here')),
    source(member),
    path(member),
    member.document_id !== representative.document_id &&
      h('div.actions', {}, h('a', { href: address('/compare', { left: representative.document_id, right: member.document_id }) }, t('cluster.compare'))),
  );
}

const likeness = ({ score }, changed) =>
  !changed ? t('cluster.same') : score >= 1 ? t('cluster.apart') : t('cluster.score', { share: percent(score) });

/** One text out of two: what only the first has struck out, what only the second has underlined. */
function woven(first, second, edits) {
  const [left, right] = [new Characters(first), new Characters(second)];
  const parts = [];
  for (const { kind, query, text } of edits) {
    if (kind === 'equal') {
      parts.push(right.slice(text.start, text.end));
      continue;
    }
    if (query.end > query.start) parts.push(h('del', {}, left.slice(query.start, query.end)));
    if (text.end > text.start) parts.push(h('ins', {}, right.slice(text.start, text.end)));
  }
  return parts;
}
