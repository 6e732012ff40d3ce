"""Breaks real processes on loopback as attackers and accidents do, and prints what was lost, doubled, hung or took too
long. Each check has a bounded load that stops by itself.

    chaos.py CRUDDUR      the launcher's release binary

A figure above its bound fails the run. What Rust tests repeat already is not here: full disks are in the step
`full-disk`, lost and restarted PostgreSQL in `postgres`.
"""

import sys
import tempfile
import time

import chaos_services
import chaos_waterfall
from chaos_tools import ROWS


def main():
    (cruddur,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory:
        chaos_services.locked_database(cruddur, directory)
    checks = [
        chaos_services.stop_under_load,
        chaos_services.idle_connections,
        chaos_services.frozen_waterfall,
        chaos_services.long_headers,
        chaos_services.silent_log,
        chaos_waterfall.many_names,
        chaos_waterfall.one_id,
        chaos_waterfall.idle_connections,
        chaos_waterfall.slow_readers,
        chaos_services.foreign_hosts,
    ]
    for check in checks:
        started = time.monotonic()
        check(cruddur)
        print(f"{check.__name__}: {time.monotonic() - started:.0f} s", flush=True)
    failed = 0
    print("\npoint  figure       bound  what")
    for point, what, figure, unit, bound in ROWS:
        failed += figure > bound
        text = f"{figure:.2f} {unit}" if isinstance(figure, float) else f"{figure} {unit}"
        print(f"{point:>5}  {text:<11} {bound:>6}  {what}{'   <-- FAILED' if figure > bound else ''}")
    assert failed == 0, f"{failed} figures are above their bound"


if __name__ == "__main__":
    main()
