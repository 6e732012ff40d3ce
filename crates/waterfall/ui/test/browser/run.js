// The pages in a real browser, against a waterfall that runs:
//   node test/browser/run.js --waterfall http://127.0.0.1:16686 --otlp http://127.0.0.1:4318 [--shots DIR]
// or by WATERFALL_URL, OTLP_URL and SHOTS. Needs Chromium and chromedriver (Debian: chromium-driver).
// One process and one browser for all, in this order.

import "./waterfall.test.js";
import "./details.test.js";
import "./clocks.test.js";
import "./waits.test.js";
import "./handled.test.js";
import "./drawing.test.js";
import "./findings.test.js";
import "./doctor.test.js";
import "./span-panel.test.js";
import "./views.test.js";
import "./graph.test.js";
import "./long-names.test.js";
import "./arrival.test.js";
import "./traces.test.js";
import "./completion.test.js";
import "./exchange.test.js";
import "./hostile.test.js";
import "./access.test.js";
import "./contrast.test.js";
import "./looks.test.js";
import "./search.test.js";
import "./services.test.js";
import "./stream.test.js";
import "./large.test.js";
import "./long-list.test.js";
import "./console.test.js";
