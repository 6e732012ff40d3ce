// The trace list with its scatter plot, histogram, status line and empty state.

import { plural } from "../model/duration.js";
import { byId, setText } from "./dom.js";
import { DurationHistogram } from "./duration-histogram.js";
import { TraceList } from "./trace-list.js";
import { showEmptyState } from "./trace-list-empty.js";
import { moreButtonText, traceCountText } from "./trace-list-status.js";
import { TraceScatter } from "./trace-scatter.js";

export class TraceListView {
  /** @param {(bin: import("../model/histogram.js").Bin) => void} chooseBin called when a histogram bar is clicked */
  constructor(chooseBin) {
    this.parts = {
      traces: byId("traces"),
      empty: byId("empty"),
      noMatches: byId("nothing"),
      problem: byId("problem"),
      count: byId("count"),
      more: byId("more"),
      newTraces: byId("new-traces"),
      scatterCard: byId("scatter-card"),
    };
    this.timer = 0;
    this.list = new TraceList(this.parts.traces);
    this.scatter = new TraceScatter(byId("scatter"), new DurationHistogram(byId("histogram"), chooseBin));
  }

  /** @param {import("../model/trace-list-state.js").TraceListDisplay} display */
  show({ traces, run, problem, pending, loaded, empty, noMatches, more, roomy }) {
    const { parts } = this;
    parts.problem.hidden = problem === null;
    setText(parts.problem, problem === null ? "" : `${problem}. The list below is not filtered by it.`);
    parts.empty.hidden = !empty;
    if (empty) showEmptyState(parts.empty);
    parts.traces.hidden = empty || !loaded;
    parts.noMatches.hidden = !noMatches;
    const hadFocus = parts.scatterCard.contains(document.activeElement);
    parts.scatterCard.hidden = traces.length < 2;
    this.list.show(traces);
    // A bar was chosen that has one trace: the focus goes there.
    if (hadFocus && parts.scatterCard.hidden) this.list.move(1);
    // In a task of its own: the rows come first.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => traces.length >= 2 && this.scatter.show(traces));
    setText(parts.count, !loaded || empty ? "" : pending ? "Searching…" : traceCountText(traces, run));
    const label = empty || pending ? "" : moreButtonText(more, roomy, run?.failure != null);
    parts.more.hidden = label === "";
    setText(parts.more, label);
  }

  /** @param {number} count of traces that are held back */
  showNewTraces(count) {
    this.parts.newTraces.hidden = count === 0;
    setText(this.parts.newTraces, `↑ ${plural(count, "new trace")}`);
  }
}
