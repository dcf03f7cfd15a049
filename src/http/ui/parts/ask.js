// The box to ask in.

import { h } from '../dom.js';

/** From so many characters on a text gets three lines. */
const LONG = 60;

/**
 * A box for a text of any length with its button; `asked(text)` is called with what was typed, unless that is empty.
 * Enter asks, Enter with shift breaks the line, as in a message. `words` are `{ label, placeholder, go }`.
 */
export function askBox(value, words, asked) {
  const rows = (text) => (text.length > LONG || text.includes('\n') ? 3 : 1);
  const text = h('textarea', {
    name: 'q',
    rows: rows(value),
    'aria-label': words.label,
    placeholder: words.placeholder,
    maxlength: 20000,
    value,
    onkeydown: (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        event.target.form.requestSubmit();
      }
    },
    oninput: (event) => {
      event.target.rows = rows(event.target.value);
    },
  });
  const submit = (event) => {
    event.preventDefault();
    const typed = text.value.trim();
    if (typed) asked(typed);
  };
  return h('form.ask', { role: 'search', onsubmit: submit }, text, h('button', { type: 'submit' }, words.go));
}
