// One of a few, side by side.

import { h } from '../dom.js';

/** Buttons of which one is pressed: `options` are `[value, words]`; `changed(value)` is called for another one. */
export const choices = (label, options, chosen, changed) =>
  h(
    'div.choices',
    { role: 'group', 'aria-label': label },
    h('span.muted', { 'aria-hidden': 'true' }, label),
    options.map(([value, words]) =>
      h(
        'button.plain',
        { type: 'button', 'aria-pressed': String(value === chosen), onclick: () => value !== chosen && changed(value) },
        words,
      ),
    ),
  );
