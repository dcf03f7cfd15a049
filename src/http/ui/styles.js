// Style sheets of views, loaded with them.

/** Adds the style sheet of a view, once. */
export function styles(name) {
  const href = `/ui/style/${name}.css`;
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.append(link);
}
