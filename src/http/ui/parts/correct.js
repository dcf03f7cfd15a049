// Correcting what is known about a document. What the text says stays, and stands wherever nothing is entered.

import { Problem, put } from '../api.js';
import { fill, freshId, h } from '../dom.js';
import { define, known, named, t } from '../words.js';
import { FIELDS, VALUES, fieldValue } from './metadata.js';
import { failure, notice } from './states.js';
import { styles } from '../styles.js';

styles('correct');

define({
  zh: {
    'correct.title': '更正文档信息',
    'correct.help': '空着的项目按原文；填写的内容优先于原文。',
    'correct.text': '原文：{value}',
    'correct.text.none': '原文未注明',
    'correct.stated': '（{from}）',
    'correct.inferred': '（推定，依据：{from}）',
    'correct.as_text': '按原文（{value}）',
    'correct.province': '省、自治区、直辖市',
    'correct.city': '市、州、盟',
    'correct.county': '县、区、县级市',
    'correct.region.help': '三项中填了任何一项，就以这三项为准。',
    'correct.save': '保存',
    'correct.saving': '正在保存…',
    'correct.reset': '全部恢复为原文',
    'correct.saved': '已保存“{title}”的信息',
    'correct.date.bad': '请填写完整的日期，例如 2023-06-22',
  },
  en: {
    'correct.title': 'Correct what is known about the document',
    'correct.help': 'What is left empty is as the text says; what you enter comes before it.',
    'correct.text': 'Text: {value}',
    'correct.text.none': 'Not stated in the text',
    'correct.stated': ' ({from})',
    'correct.inferred': ' (inferred from: {from})',
    'correct.as_text': 'as in the text ({value})',
    'correct.province': 'Province',
    'correct.city': 'City or prefecture',
    'correct.county': 'County or district',
    'correct.region.help': 'If one of the three is filled in, these three count.',
    'correct.save': 'Save',
    'correct.saving': 'Saving…',
    'correct.reset': 'All as in the text',
    'correct.saved': '“{title}” is saved',
    'correct.date.bad': 'Please give the whole date, for example 2023-06-22',
  },
});

const DATES = ['date', 'published', 'effective'];
const PLACES = ['province', 'city', 'county'];

/**
 * Opens the form for a document as `GET /v1/documents/{id}` tells it; `saved(summary)` is called when it has been
 * changed.
 */
export function correct(detail, saved) {
  const errors = new Map();
  const inputs = new Map();
  const title = freshId('correct');
  const general = h('div', { role: 'alert' });
  const save = h('button', { type: 'submit' }, t('correct.save'));

  /** A label, what is entered, what the text says, and room for what is wrong. */
  const labelled = (name, label, make, hint) => {
    const [id, hintId, errorId] = [freshId('field'), freshId('hint'), freshId('error')];
    const input = make({ id, name, 'aria-describedby': `${hintId} ${errorId}` });
    const error = h('p.error', { id: errorId });
    inputs.set(name, input);
    errors.set(name, error);
    return h('div.field', {}, h('label', { for: id }, label), input, h('p.muted', { id: hintId }, hint), error);
  };
  const said = (field) => {
    const value = fieldValue(detail.extracted, field);
    if (value === null) return t('correct.text.none');
    const source = detail.sources[field];
    const from = source?.from && t(`correct.${source.how}`, { from: t(`origin.${source.from}`) });
    return [h('bdi', {}, t('correct.text', { value })), from];
  };
  const field = (name) => {
    const given = detail.given[name];
    if (name === 'region') {
      const places = PLACES.map((place) =>
        labelled(`region.${place}`, t(`correct.${place}`), (attributes) => h('input', { ...attributes, value: given?.[place] ?? '', autocomplete: 'off' }), detail.extracted.region?.[place] ? t('correct.text', { value: detail.extracted.region[place] }) : t('correct.text.none')),
      );
      return h('fieldset.places', {}, h('legend', {}, t('field.region')), h('p.muted', {}, t('correct.region.help')), h('div', {}, places));
    }
    if (name in VALUES) {
      const as = t('correct.as_text', { value: fieldValue(detail.extracted, name) ?? t('field.none') });
      const options = [h('option', { value: '' }, as), VALUES[name].map((value) => h('option', { value, selected: value === given }, named(name, value)))];
      return labelled(name, t(`field.${name}`), (attributes) => h('select', attributes, options), said(name));
    }
    const type = DATES.includes(name) ? 'date' : 'text';
    const hint = known(`field.${name}.help`) ? h('span', {}, `${t(`field.${name}.help`)}. `) : null;
    return labelled(name, t(`field.${name}`), (attributes) => h('input', { ...attributes, type, value: given ?? '', autocomplete: 'off' }), [hint, said(name)]);
  };

  const reset = () => {
    for (const input of inputs.values()) input.value = '';
  };
  const form = h(
    'form',
    { novalidate: true, onsubmit: submit },
    h('h2', { id: title }, t('correct.title')),
    h('p.source', {}, h('bdi.subject', {}, (detail.metadata.title ?? detail.document_id).slice(0, 120))),
    h('p.muted', {}, t('correct.help')),
    general,
    h('div.grid', {}, FIELDS.map(field)),
    h(
      'div.row.buttons',
      {},
      save,
      h('button.second', { type: 'button', onclick: () => dialog.close() }, t('common.cancel')),
      h('button.plain', { type: 'button', onclick: reset }, t('correct.reset')),
    ),
  );
  const dialog = h('dialog.correct', { 'aria-labelledby': title, onclose: ended }, form);
  const leave = () => dialog.close();

  function ended() {
    removeEventListener('popstate', leave);
    dialog.remove();
  }

  /** Says what is wrong where it is wrong; `false` where there is no such field. */
  function wrong(name, words) {
    const input = inputs.get(name);
    if (!input) return false;
    input.setAttribute('aria-invalid', 'true');
    fill(errors.get(name), words);
    input.focus();
    return true;
  }

  async function submit(event) {
    event.preventDefault();
    for (const [name, input] of inputs) {
      input.removeAttribute('aria-invalid');
      fill(errors.get(name));
    }
    fill(general);
    for (const name of DATES) {
      if (inputs.get(name).validity.badInput) {
        wrong(name, t('correct.date.bad'));
        return;
      }
    }
    const entered = (name) => inputs.get(name).value.trim() || null;
    const metadata = Object.fromEntries(FIELDS.filter((name) => name !== 'region').map((name) => [name, entered(name)]));
    const region = Object.fromEntries(PLACES.map((place) => [place, entered(`region.${place}`)]));
    metadata.region = Object.values(region).some(Boolean) ? region : null;
    save.disabled = true;
    fill(save, t('correct.saving'));
    try {
      const summary = await put(`/v1/documents/${encodeURIComponent(detail.document_id)}/metadata`, metadata);
      dialog.close();
      notice(t('correct.saved', { title: (summary.metadata.title ?? summary.document_id).slice(0, 60) }));
      saved(summary);
    } catch (error) {
      const name = error instanceof Problem ? (error.problem.field ?? '').replace(/^metadata\./, '') : '';
      if (!wrong(name, error.details?.join(' '))) fill(general, failure(error));
    } finally {
      save.disabled = false;
      fill(save, t('correct.save'));
    }
  }

  addEventListener('popstate', leave);
  document.body.append(dialog);
  dialog.showModal();
}
