// Sets the theme before the first paint, so that the page does not flash. A classic script, since modules are deferred.
(() => {
  try {
    const theme = localStorage.getItem("waterfall.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No access to storage: use the system theme.
  }
})();
