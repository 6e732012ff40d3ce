"""Independent clients of Jaeger's query API read a trace from the waterfall as it was sent.

    jaeger_peers.py CRUDDUR LEGACY V3      the programs of `jaeger_peers.txt` and `jaeger_v3_peers.txt`

Both serve tools over MCP on standard input and output. `jaeger-mcp` uses `/api/..`, `mcp-server-jaeger` `/api/v3/..`.
"""

import asyncio
import contextlib
import functools
import json
import os
import sys
import time

from alone import Alone
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

TRACE = "0af7651916cd43dd8448eb211c80319c"
TOKEN = "read-0123456789abcdef"
MS = 1_000_000


# --- The trace ----------------------------------------------------------------------------------------------------


def span(number, parent, name, kind, start, at, lasts, **rest):
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(start + at * MS),
        "endTimeUnixNano": str(start + (at + lasts) * MS),
        **rest,
    }


def attributes(values):
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def of(service, *spans):
    return {"resource": {"attributes": attributes({"service.name": service})}, "scopeSpans": [{"spans": list(spans)}]}


def request(start):
    """A trace of 40 ms: shop calls bank, which fails. The statement takes 25 ms of it."""
    server, client, error = 2, 3, {"status": {"code": 2, "message": "no such account"}}
    return {
        "resourceSpans": [
            of(
                "shop",
                span(1, 0, "POST /checkout", server, start, 0, 40),
                span(2, 1, "POST", client, start, 2, 35, **error),
            ),
            of(
                "bank",
                span(
                    3,
                    2,
                    "POST /charge",
                    server,
                    start,
                    4,
                    30,
                    attributes=attributes({"http.route": "/charge"}),
                    **error,
                ),
                span(
                    4, 3, "SELECT accounts", client, start, 5, 25, attributes=attributes({"db.system.name": "sqlite"})
                ),
            ),
        ]
    }


# --- The clients --------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def tools_of(program, environment):
    """A function that calls a tool of the program and returns its JSON, or the error text if it fails."""
    parameters = StdioServerParameters(command=program, env={"PATH": os.environ["PATH"], **environment})
    with open(os.devnull, "w", encoding="ascii") as log:
        async with stdio_client(parameters, errlog=log) as pipes, ClientSession(*pipes) as session:
            await session.initialize()

            async def ask(tool, **arguments):
                result = await session.call_tool(tool, arguments)
                return "\n".join(part.text for part in result.content) if result.isError else result.structuredContent

            yield ask


def only(record, *keys):
    return tuple(record[key] for key in keys)


# --- The check -------------------------------------------------------------------------------------------------------


async def check_legacy(ask, start):
    assert (await ask("jaeger_list_services"))["services"] == ["bank", "shop"]
    assert (await ask("jaeger_list_operations", service="bank"))["operations"] == ["POST /charge", "SELECT accounts"]
    summary = (
        "root_service",
        "root_operation",
        "start_time_us",
        "duration_us",
        "span_count",
        "service_count",
        "errors_count",
    )
    wanted = ("shop", "POST /checkout", start // 1000, 40_000, 4, 2, 2)
    for given in [
        {},
        {"operation": "SELECT accounts"},
        {"min_duration": "35ms", "service": "shop", "max_duration": "36ms"},
    ]:
        found = (await ask("jaeger_search_traces", **{"service": "bank", **given}))["traces"]
        assert [trace["trace_id"] for trace in found] == [TRACE] and only(found[0], *summary) == wanted, (given, found)
    for given in [
        {"service": "nobody"},
        {"service": "bank", "min_duration": "31ms"},
        {"service": "bank", "end": 1_000_000},
    ]:
        found = await ask("jaeger_search_traces", **given)
        assert found["traces"] == [], (given, found)
    trace = await ask("jaeger_get_trace", trace_id=TRACE)
    spans = [
        only(span, "span_id", "parent_span_id", "service", "operation_name", "duration_us", "is_error")
        for span in trace["spans"]
    ]
    assert spans == [
        ("0000000000000001", None, "shop", "POST /checkout", 40_000, False),
        ("0000000000000002", "0000000000000001", "shop", "POST", 35_000, True),
        ("0000000000000003", "0000000000000002", "bank", "POST /charge", 30_000, True),
        ("0000000000000004", "0000000000000003", "bank", "SELECT accounts", 25_000, False),
    ], spans
    assert trace["spans"][2]["tags"] == {
        "http.route": "/charge",
        "span.kind": "server",
        "otel.status_code": "ERROR",
        "error": "True",
        "otel.status_description": "no such account",
    }, trace["spans"][2]["tags"]
    edges = (await ask("jaeger_get_dependencies"))["edges"]
    assert edges == [{"parent": "shop", "child": "bank", "call_count": 1}], edges
    path = await ask("jaeger_critical_path", trace_id=TRACE)
    assert [span["operation"] for span in path["critical_path"]] == [
        "POST /checkout",
        "POST",
        "POST /charge",
        "SELECT accounts",
    ], path
    assert only(path["bottlenecks"][0], "operation", "self_time_us") == ("SELECT accounts", 25_000), path["bottlenecks"]
    failed = await ask("jaeger_get_trace", trace_id="f" * 32)
    assert "not found (HTTP 404)" in failed, failed


async def check_v3(ask, start):
    async def result(tool, **arguments):
        return (await ask(tool, **arguments))["result"]

    assert await result("get_all_services") == {"services": ["bank", "shop"]}
    operations = (await result("get_operations_for_service", service_name="bank"))["operations"]
    assert operations == [
        {"name": "POST /charge", "spanKind": "server"},
        {"name": "SELECT accounts", "spanKind": "client"},
    ], operations
    summaries = (await result("get_trace_summaries", service_name="bank", operation_name="POST /charge"))["summaries"]
    assert summaries == [
        {
            "traceId": TRACE,
            "rootServiceName": "shop",
            "rootOperationName": "POST /checkout",
            "minStartTimeUnixNano": str(start),
            "maxEndTimeUnixNano": str(start + 40 * MS),
            "spanCount": 4,
            "services": [{"name": "bank", "spanCount": 2}, {"name": "shop", "spanCount": 2}],
        }
    ], summaries
    assert await result("get_trace_summaries", service_name="nobody") == {"summaries": []}
    overview = await result("get_trace_overview", trace_id=TRACE)
    assert only(overview, "rootOperationName", "totalDurationMs", "spanCount", "errorCount") == (
        "POST /checkout",
        40,
        4,
        2,
    ), overview
    slowest = (await result("get_slowest_spans", trace_id=TRACE, limit=3))["spans"]
    assert [only(span, "operationName", "durationMs") for span in slowest] == [
        ("POST /checkout", 40),
        ("POST", 35),
        ("POST /charge", 30),
    ], slowest
    errors = (await result("get_trace_errors", trace_id=TRACE))["errors"]
    assert [span["operationName"] for span in errors] == ["POST", "POST /charge"], errors
    details = await result("get_span_details", trace_id=TRACE, span_id="0000000000000003")
    assert only(details, "parentSpanId", "childSpanIds", "startTimeUnixNano") == (
        "0000000000000002",
        ["0000000000000004"],
        str((start + 4 * MS) // 1000 * 1000),
    ), details
    failed = await result("get_trace_overview", trace_id="f" * 32)
    assert "returned status 404" in failed, failed


async def main(program, legacy, v3):
    start = time.time_ns() - 5_000 * MS
    with Alone(program, {"WATERFALL_READ_TOKEN": TOKEN}) as waterfall:
        status, body = waterfall.post(
            "/v1/traces", json.dumps(request(start)).encode(), {"content-type": "application/json"}
        )
        assert status == 200, body
        async with tools_of(legacy, {"JAEGER_URL": waterfall.page, "JAEGER_TOKEN": TOKEN}) as ask:
            await check_legacy(ask, start)
        print(
            "  jaeger-mcp: services, operations, searches, a trace, dependencies and a critical path as sent",
            flush=True,
        )
        async with tools_of(legacy, {"JAEGER_URL": waterfall.page}) as ask:
            failed = await ask("jaeger_list_services")
            assert "401" in failed, failed
        print("  without the token it is refused with 401", flush=True)
    with Alone(program) as waterfall:
        status, body = waterfall.post(
            "/v1/traces", json.dumps(request(start)).encode(), {"content-type": "application/json"}
        )
        assert status == 200, body
        async with tools_of(v3, {}) as ask:
            await check_v3(functools.partial(ask, ping_url=waterfall.page), start)
        print(
            "  mcp-server-jaeger: services, operations, summaries, a trace, slow spans, errors as sent",
            flush=True,
        )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
