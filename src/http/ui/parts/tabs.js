// Several views of the same outcome, one at a time.

import { fill, freshId, h } from '../dom.js';

/**
 * Tabs with their panels. `entries` are `{ name, words, make }`; `make()` gives a panel's content when it is first
 * looked at. `changed(name)` is called when another one is chosen, by pointer or by arrow keys.
 */
export function tabs(label, entries, chosen, changed) {
  const made = entries.map(({ name, words, make }) => {
    const [tabId, panelId] = [freshId('tab'), freshId('panel')];
    const tab = h('button.tab', { type: 'button', role: 'tab', id: tabId, 'aria-controls': panelId, onclick: () => choose(name) }, words);
    const panel = h('div.panel', { role: 'tabpanel', id: panelId, 'aria-labelledby': tabId, tabindex: '0' });
    return { name, make, tab, panel, filled: false };
  });
  const show = (name) => {
    for (const entry of made) {
      const on = entry.name === name;
      entry.tab.setAttribute('aria-selected', String(on));
      entry.tab.tabIndex = on ? 0 : -1;
      entry.panel.hidden = !on;
      if (on && !entry.filled) {
        entry.filled = true;
        fill(entry.panel, entry.make());
      }
    }
  };
  let current = made.some((entry) => entry.name === chosen) ? chosen : made[0].name;
  const choose = (name) => {
    if (name === current) return;
    current = name;
    show(name);
    changed(name);
  };
  const list = h('div.tabs', { role: 'tablist', 'aria-label': label }, made.map((entry) => entry.tab));
  list.addEventListener('keydown', (event) => {
    const at = made.findIndex((entry) => entry.name === current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: made.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = made[(to + made.length) % made.length];
    choose(next.name);
    next.tab.focus();
  });
  show(current);
  return [list, made.map((entry) => entry.panel)];
}
