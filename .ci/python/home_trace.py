"""Requests the home feed, waits for its spans, and compares the tree with the expected one.

home_trace.py GATEWAY_URL WATERFALL_URL      prints the tree, then the trace id on the last line
"""

import sys
import time

from system import get, get_json, trace_id_of

PATH = "/api/activities/home"
COMPLETE_SECONDS = 10

KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"]

EXPECTED = """\
gateway [server] GET /api/activities/home
  gateway [client] GET
    activities [server] GET /activities/home
      activities [internal] home-activities
        activities [client] GET
          users [server] GET /users
            users [client] SELECT users
        activities [client] SELECT activities
  gateway [client] GET
    users [server] GET /users/{handle}
      users [client] SELECT users
"""
SPANS = len(EXPECTED.splitlines())


def send(gateway):
    """Sends one request and returns the id of its trace."""
    status, headers, body = get(gateway + PATH)
    assert status == 200, f"{PATH} returned {status}: {body[:300]!r}"
    return trace_id_of(headers)


def spans_of(waterfall, trace_id):
    """The stored spans of a trace, each as (service, span)."""
    response = get_json(f"{waterfall}/api/v3/traces/{trace_id}")
    if response is None:
        return []
    found = []
    for resource in response["result"].get("resourceSpans", []):
        attributes = {a["key"]: a["value"] for a in resource["resource"]["attributes"]}
        service = attributes["service.name"]["stringValue"]
        for scope in resource.get("scopeSpans", []):
            found += [(service, span) for span in scope.get("spans", [])]
    return found


def wait_until_complete(waterfall, trace_id, count=SPANS, every=0.02):
    """The spans of a trace once `count` are stored, or those stored at the deadline."""
    deadline = time.monotonic() + COMPLETE_SECONDS
    while True:
        spans = spans_of(waterfall, trace_id)
        if len(spans) >= count or time.monotonic() > deadline:
            return spans
        time.sleep(every)


def tree(spans):
    """The spans as indented lines. Siblings are sorted by name, so that concurrent calls give a stable order."""
    children = {}
    ids = {span["spanId"] for _, span in spans}
    for service, span in spans:
        parent = span.get("parentSpanId") or None
        assert parent is None or parent in ids, f"the parent of {span['name']} is missing"
        children.setdefault(parent, []).append((service, span))

    def draw(parent, depth):
        blocks = []
        for service, span in children.get(parent, []):
            kind = span.get("kind", 0)
            kind = KINDS[kind] if isinstance(kind, int) else kind.removeprefix("SPAN_KIND_").lower()
            line = f"{'  ' * depth}{service} [{kind}] {span['name']}\n"
            blocks.append(line + draw(span["spanId"], depth + 1))
        return "".join(sorted(blocks))

    return draw(None, 0)


def check(gateway, waterfall):
    """Requests the home feed, and returns trace id and tree, which must be exactly the expected one."""
    trace_id = send(gateway)
    spans = wait_until_complete(waterfall, trace_id)
    drawn = tree(spans)
    assert drawn == EXPECTED, f"trace {trace_id} is\n{drawn}and should be\n{EXPECTED}"
    (own,) = [span for _, span in spans if span["name"] == "home-activities"]
    attributes = {a["key"]: a["value"] for a in own["attributes"]}
    assert "stringValue" in attributes["app.now"], attributes
    assert int(attributes["app.result_length"]["intValue"]) > 0, attributes
    return trace_id, drawn


if __name__ == "__main__":
    found, drawn = check(*sys.argv[1:3])
    print(drawn + found)
