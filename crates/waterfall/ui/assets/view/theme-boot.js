// Runs before the first paint, so that a page does not flash in the other colours. No module: modules wait.
(() => {
  try {
    const theme = localStorage.getItem("waterfall.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's colours it is.
  }
})();
