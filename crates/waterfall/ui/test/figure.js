// Reports figures for docs/figures.md to the file that CI_FIGURES names; see .ci/python/report.py.

import { appendFileSync } from "node:fs";

/**
 * @param {string} what
 * @param {string} figure
 * @param {string} budget
 * @param {string} command
 */
export function reportFigure(what, figure, budget, command) {
  const file = process.env.CI_FIGURES;
  if (file) appendFileSync(file, `${["The waterfall", what, figure, budget, command].join("\t")}\n`);
}
