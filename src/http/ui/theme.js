// Runs before anything is drawn, so that a page in the dark does not flash.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem('clausewise.theme');
  } catch {
    // Storage is switched off: the system's theme it is.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
