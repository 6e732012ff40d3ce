import assert from "node:assert/strict";
import { test } from "node:test";
import { fromParams, toParams } from "../assets/model/deep-link.js";
import { TraceScreen } from "../assets/model/trace-screen.js";
import { shownNames, traceOf } from "./support.js";

const TREE = `
root 0+100 @gateway
  a 0+10 @activities
    a1 1+2 @users !
  b 20+10 @users`;

const selectedName = (screen) => (screen.selected < 0 ? null : screen.trace.names[screen.selected]);

test("arrow keys move through the visible rows", () => {
  const screen = new TraceScreen(traceOf(TREE));
  screen.move(1);
  assert.equal(selectedName(screen), "root");
  screen.move(2);
  assert.equal(selectedName(screen), "a1");
  screen.stepOut();
  assert.equal(selectedName(screen), "a");
  screen.stepOut();
  assert.deepEqual(shownNames(screen.outline), ["root", "a", "b"]);
  screen.move(1);
  assert.equal(selectedName(screen), "b");
  screen.move(99);
  assert.equal(selectedName(screen), "b");
  screen.selectFirst();
  screen.stepIn();
  screen.stepIn();
  assert.equal(screen.outline.isCollapsed(1), false);
});

test("collapsing moves the selection to the collapsed ancestor", () => {
  const screen = new TraceScreen(traceOf(TREE));
  screen.select(2);
  screen.toggle(0);
  assert.equal(selectedName(screen), "root");
});

test("going to an error expands its ancestors and wraps around", () => {
  const screen = new TraceScreen(traceOf(TREE));
  screen.collapseAll();
  assert.equal(screen.goToError(1), true);
  assert.equal(selectedName(screen), "a1");
  assert.equal(screen.outline.isShown(2), true);
  screen.goToError(1);
  assert.equal(selectedName(screen), "a1");
});

test("of several errors, the first to go to is the root cause", () => {
  const screen = new TraceScreen(traceOf("root 0+9 !\n  lookup 1+1 !handled\n  update 3+5 !cause*1"));
  screen.goToError(1);
  assert.equal(selectedName(screen), "update");
  screen.goToError(1);
  assert.equal(selectedName(screen), "root");
});

test("a search finds, counts and steps through matches", () => {
  const screen = new TraceScreen(traceOf(TREE));
  screen.find("service=users");
  assert.equal(screen.search.count, 2);
  screen.goToMatch(1);
  screen.goToMatch(1);
  assert.equal(selectedName(screen), "b");
  assert.equal(screen.search.placeOf(screen.selected), 2);
  screen.showOnlyMatches(true);
  assert.deepEqual(shownNames(screen.outline), ["root", "a", "a1", "b"]);
  screen.find("name=b");
  assert.deepEqual(shownNames(screen.outline), ["root", "b"]);
  screen.find("");
  assert.equal(screen.outline.count, 4);
});

test("a live update keeps selection, collapsed rows, zoom and search", () => {
  const screen = new TraceScreen(traceOf(TREE));
  screen.select(3);
  screen.toggle(1);
  screen.window.show(10, 60);
  screen.find("b");
  screen.update(traceOf(`${TREE}\n  c 50+200 @users`));
  assert.equal(selectedName(screen), "b");
  assert.deepEqual(shownNames(screen.outline), ["root", "a", "b", "c"]);
  assert.deepEqual([screen.window.from, screen.window.to], [10, 60]);
  assert.equal(screen.window.total, 250);
  assert.equal(screen.search.count, 1);
});

test("a deep link restores the state that it was written from", () => {
  const screen = new TraceScreen(traceOf(TREE));
  screen.goTo(2);
  screen.detailsOpen = true;
  screen.window.show(10, 60);
  screen.find("users");
  screen.toggleFocus("users");
  const again = new TraceScreen(traceOf(TREE));
  fromParams(again, toParams(screen));
  assert.equal(selectedName(again), "a1");
  assert.equal(again.detailsOpen, true);
  assert.deepEqual([again.window.from, again.window.to], [10, 60]);
  assert.equal(again.search.text, "users");
  assert.deepEqual([...again.focus], ["users"]);
});

test("a link preserves services with commas, hidden rows and the skew adjustment", () => {
  const screen = new TraceScreen(traceOf("root 0+100 @a,b\n  x 1+2 @users"));
  screen.toggleFocus("a,b");
  screen.find("x");
  screen.showOnlyMatches(true);
  screen.corrected = true;
  const again = new TraceScreen(traceOf("root 0+100 @a,b\n  x 1+2 @users"));
  fromParams(again, new URLSearchParams(toParams(screen).toString()));
  assert.deepEqual([...again.focus], ["a,b"]);
  assert.equal(again.search.only, true);
  assert.equal(again.corrected, true);
});

test("a link to a span that was not received yet selects it on arrival", () => {
  const screen = new TraceScreen(traceOf(TREE));
  fromParams(screen, new URLSearchParams("span=0000000000000004&details"));
  assert.equal(screen.selected, -1);
  screen.update(traceOf(`${TREE}\n  late 50+20 @users`));
  assert.equal(selectedName(screen), "late");
});
