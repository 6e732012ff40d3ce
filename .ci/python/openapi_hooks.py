"""Hooks of schemathesis: what an OpenAPI document cannot say about requests."""

import schemathesis

KEY = "Idempotency-Key"
used = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    """An `Idempotency-Key` identifies one request: with another body it is a 422. So each is sent once."""
    key = (case.headers or {}).get(KEY)
    if key is None:
        return
    if key in used:
        case.headers.pop(KEY)
    used.add(key)
