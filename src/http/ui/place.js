// Where in its page one was, kept with every address of the history: Back leads to the hit that was opened.

import { settled } from './dom.js';

/** How long a page may take to become as long as it was, in milliseconds. */
const PATIENCE = 3000;

// What the browser would do comes before the content does.
history.scrollRestoration = 'manual';
addEventListener('scroll', settled(100, keepPlace));

/** Notes where one is, before another address takes the place of this. */
export function keepPlace() {
  history.replaceState({ ...history.state, top: scrollY }, '');
}

/** Where one was at this address; `null` when one comes to it for the first time. */
export const placeKept = () => history.state?.top ?? null;

/** Goes to where one was, as soon as the page is long enough, unless `signal` is aborted or the reader moves first. */
export function returnTo(top, root, signal) {
  const there = () => {
    scrollTo(0, top);
    return Math.abs(scrollY - top) < 2;
  };
  if (there()) return;
  const observer = new ResizeObserver(() => there() && end());
  const end = () => {
    observer.disconnect();
    clearTimeout(timer);
    for (const moved of ['wheel', 'touchstart', 'keydown', 'pointerdown']) removeEventListener(moved, end);
  };
  const timer = setTimeout(end, PATIENCE);
  signal.addEventListener('abort', end);
  for (const moved of ['wheel', 'touchstart', 'keydown', 'pointerdown']) addEventListener(moved, end);
  observer.observe(root);
}
