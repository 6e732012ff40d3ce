// Findings of the doctor as the page reads them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readHops, readOverview } from "../assets/model/doctor.js";
import { certaintyText, countText, evidenceText, placeText } from "../assets/model/finding-text.js";
import { readTraceFindings } from "../assets/model/findings.js";
import { readTraceOf } from "./wire.js";

const wire = {
  traceId: "01",
  arriving: { slowest: "users", slowestHeardUnixNano: "7", examinedAtUnixNano: "9" },
  missing: [{ spanId: "0b", kind: "local" }],
  findings: [{
    code: "span-never-ended",
    severity: "error",
    confidence: "cannot be told apart",
    candidates: ["a", "b"],
    hop: { from: "shop", to: "shop", route: "/price" },
    occurrences: { affected: 3, of: 4, firstUnixNano: "1", lastUnixNano: "2" },
    summary: "It never ended.",
    evidence: [{ name: "local_parents", kind: "count", value: 3 }],
    spans: [{ traceId: "01", spanId: "0c" }],
    otherTraceIds: ["02"],
  }],
};

const trace = readTraceOf({
  trace_id: "01",
  services: ["shop"],
  rows: [
    { id: "0a", service: 0, depth: 0, name: "root" },
    { id: "0b", depth: 1, placeholder: true, name: "" },
    { id: "0d", service: 0, depth: 2, name: "other child" },
    { id: "0c", service: 0, depth: 2, name: "child" },
    { id: "0e", service: 0, depth: 1, name: "sibling" },
  ],
});

test("a finding is shown on its spans, and on the missing parent of its spans", () => {
  const findings = readTraceFindings(wire);
  const codes = [0, 1, 2, 3, 4].map((row) => findings.of(trace, row).map(({ code }) => code));
  assert.deepEqual(codes, [[], ["span-never-ended"], [], ["span-never-ended"], []]);
  assert.equal(findings.missingKind("0b"), "local");
  assert.equal(findings.missingKind("0a"), "");
  assert.equal(findings.arriving?.slowest, "users");
  assert.deepEqual(findings.findings[0]?.traceIds, ["01", "02"]);
});

test("a note is marked on its spans, and not said above the trace", () => {
  const note = { ...wire.findings[0], code: "attribute-missing", severity: "note" };
  const findings = readTraceFindings({ ...wire, findings: [...wire.findings, note] });
  assert.deepEqual(findings.aboveNote.map(({ code }) => code), ["span-never-ended"]);
  assert.deepEqual(findings.of(trace, 3).map(({ code }) => code), ["span-never-ended", "attribute-missing"]);
});

test("texts say where, how sure and how often", () => {
  const [finding] = readTraceFindings(wire).findings;
  assert.ok(finding);
  assert.equal(placeText(finding.hop), "inside shop, /price");
  assert.equal(placeText({ from: "a", to: "", route: "" }), "a → a service without spans");
  assert.equal(certaintyText(finding), "cannot be told apart: a; or b");
  assert.equal(countText(finding), "3 of 4");
  const time = String;
  assert.equal(evidenceText({ name: "", kind: "share", value: { part: 1, of: 2000 } }, time), "1 of 2,000");
  assert.equal(evidenceText({ name: "", kind: "durationNanos", value: -2e9 }, time), "−2.00 s");
  assert.equal(evidenceText({ name: "", kind: "timeUnixNano", value: "12" }, time), "12");
  assert.equal(evidenceText({ name: "", kind: "texts", value: [] }, time), "");
});

test("any answer is read", () => {
  for (const json of [null, 1, {}, { findings: 1, groups: [null], hops: [{}], window: [], missing: [1] }]) {
    assert.equal(readTraceFindings(json).findings.length, 0);
    assert.ok(readOverview(json).groups.length <= 1);
    assert.ok(readHops(json).hops.length <= 1);
  }
});
