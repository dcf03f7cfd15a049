// Files that are dropped anywhere on the page, folders included.

import { h } from '../../dom.js';
import { define, t } from '../../words.js';

define({
  zh: {
    'drop.here': '松开鼠标，收录这些文件',
  },
  en: {
    'drop.here': 'Let go to take in these files',
  },
});

/** What is taken out of a folder; a file that is dropped by itself is always tried. */
const TAKEN = /\.(txt|md|markdown|html?|docx|pdf|jsonl|ndjson|csv|zip)$/i;

/** Calls `taken(files)` for what is dropped on the page until `signal` is aborted. `parent` holds the sign that says so. */
export function dropped(parent, taken, signal) {
  const veil = h('div.drop', { hidden: true, 'aria-hidden': 'true' }, h('p', {}, t('drop.here')));
  parent.append(veil);
  let depth = 0;
  const hide = () => {
    depth = 0;
    veil.hidden = true;
  };
  const files = (event) => event.dataTransfer?.types.includes('Files') && !document.querySelector('dialog[open]');
  const on = (type, run) => document.addEventListener(type, (event) => files(event) && run(event), { signal });
  on('dragenter', (event) => {
    event.preventDefault();
    depth += 1;
    veil.hidden = false;
  });
  on('dragover', (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  on('dragleave', () => {
    depth -= 1;
    if (depth <= 0) hide();
  });
  on('drop', async (event) => {
    event.preventDefault();
    hide();
    // The list is gone as soon as this has run: its entries are taken first, and read after.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...event.dataTransfer.files];
    const found = entries.length ? (await Promise.all(entries.map((entry) => within(entry, false)))).flat() : plain;
    taken(found);
  });
}

/** The files of an entry: itself, or what lies in the folder. */
async function within(entry, inFolder) {
  if (entry.isFile) {
    if (inFolder && !TAKEN.test(entry.name)) return [];
    return [await new Promise((done, failed) => entry.file(done, failed))];
  }
  const reader = entry.createReader();
  const entries = [];
  for (;;) {
    // A hundred at a time, until there is none.
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) break;
    entries.push(...some);
  }
  return (await Promise.all(entries.map((inner) => within(inner, true)))).flat();
}
