// The frame around the views: header, addresses, language and theme.

import { Offline, Problem, get } from './api.js';
import { fill, h } from './dom.js';
import { failure } from './parts/states.js';
import { begin, keepPlace, shown } from './place.js';
import { language, setLanguage, t } from './words.js';

/**
 * Views by the path of their address. A view is a module with `show(root, url, signal)`: it fills `root` from the
 * address alone; `signal` is aborted when the view is left. `heading(url)` gives the words for the window's title.
 */
const VIEWS = [
  ['/', 'search', () => import('./views/search.js')],
  ['/check', 'check', () => import('./views/check.js')],
  ['/regions', 'regions', () => import('./views/regions.js')],
  ['/compare', 'compare', () => import('./views/compare.js')],
  ['/duplicates', 'duplicates', () => import('./views/duplicates.js')],
  ['/library', 'library', () => import('./views/library.js')],
  ['/document', null, () => import('./views/document.js')],
];

const root = document.getElementById('view');
let left = new AbortController();

function header(path) {
  const links = VIEWS.filter(([, name]) => name).map(([to, name]) =>
    h('a', { href: to, 'aria-current': to === path ? 'page' : null }, t(`nav.${name}`)),
  );
  fill(
    document.getElementById('top'),
    h('a.brand', { href: '/', 'aria-label': 'Clausewise' }, h('img', { src: '/ui/icon.svg', alt: '', width: 24, height: 24 }), h('span', {}, 'Clausewise')),
    h('nav', { 'aria-label': t('nav.label') }, links),
    h(
      'div.settings',
      {},
      h('button.plain', { type: 'button', id: 'language', lang: language() === 'zh' ? 'en' : 'zh-Hans', onclick: otherLanguage }, t('app.language')),
      h('button.plain.theme', { type: 'button', id: 'theme', 'aria-label': t('app.theme'), title: t('app.theme'), onclick: otherTheme }, '◐'),
      h('a.plain', { href: '/docs/', dataset: { outside: '' } }, t('app.docs')),
    ),
  );
  document.getElementById('skip').textContent = t('app.skip');
}

function otherLanguage() {
  setLanguage(language() === 'zh' ? 'en' : 'zh');
  const url = new URL(location.href);
  if (url.searchParams.has('lang')) {
    url.searchParams.set('lang', language());
    history.replaceState(history.state, '', url);
  }
  keepPlace();
  show({ again: true }).then(() => document.getElementById('language').focus({ preventScroll: true }));
}

function otherTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light');
  const next = now === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem('clausewise.theme', next);
  } catch {
    // It lasts as long as the page.
  }
}

/** An address without the place in its page. */
const pageOf = ({ pathname, search }) => pathname + search;
/** The page that is shown. */
let at = '';

/** Shows what the address says; with `again`, at the place where one was in it. */
async function show({ again = false } = {}) {
  begin({ again });
  left.abort();
  left = new AbortController();
  const { signal } = left;
  const url = new URL(location.href);
  at = pageOf(url);
  header(url.pathname);
  const found = VIEWS.find(([path]) => path === url.pathname);
  if (!found) {
    document.title = 'Clausewise';
    fill(root, h('div.state', {}, h('h1', {}, t('page.unknown')), h('p', {}, t('page.unknown.text'))));
    return;
  }
  try {
    const view = await found[2]();
    if (signal.aborted) return;
    document.title = `${view.heading(url)} - Clausewise`;
    await view.show(root, url, signal);
    if (!signal.aborted && !root.querySelector('.failure')) shown(root);
  } catch (error) {
    if (error.name === 'AbortError' || signal.aborted) return;
    fill(root, failure(error, () => show({ again })));
    if (!(error instanceof Problem || error instanceof Offline)) console.error(error);
  }
}

/**
 * Goes to an address of the page. With `replace` the one at hand is forgotten; with `quiet` only the address changes and
 * the view, which knows already, is not shown anew.
 */
export function go(to, { replace = false, quiet = false } = {}) {
  const url = new URL(to, location.href);
  if (url.href !== location.href) {
    if (replace) history.replaceState(history.state, '', url);
    else {
      keepPlace();
      history.pushState(null, '', url);
    }
  }
  at = pageOf(location);
  if (quiet) return undefined;
  if (!replace) scrollTo(0, 0);
  return show();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || link.target || 'outside' in link.dataset || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !VIEWS.some(([path]) => path === url.pathname)) return;
  if (url.hash && url.pathname === location.pathname && url.search === location.search) return;
  event.preventDefault();
  go(url).then(() => root.focus({ preventScroll: true }));
});
addEventListener('popstate', () => {
  // A place in the page, as the skip link goes to, is no other page.
  if (pageOf(location) !== at) show({ again: true });
});

setLanguage(language());
// An address that is entered again shows what it names; a reload stays where one was.
show({ again: performance.getEntriesByType('navigation')[0]?.type !== 'navigate' });

// While documents are taken in at the start everything works over what is there; it should be said.
async function preparing() {
  try {
    await get('/ready');
    document.getElementById('preparing')?.remove();
  } catch (error) {
    if (!(error instanceof Problem) || error.problem.code !== 'preparing') return;
    const bar = document.getElementById('preparing') ?? h('p.preparing', { id: 'preparing', role: 'status' });
    fill(bar, error.details.join(' '));
    root.before(bar);
    setTimeout(preparing, 2000);
  }
}
preparing();
