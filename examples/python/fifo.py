#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A complete scheduler in Python: first come, first served. Run it as root on a sched_ext kernel, until ^C.

Its last line says where each record and each decision went.
"""

import itertools
import sys

import scxbridge

COUNTERS = ("queued", "dispatched", "rescued", "gone", "decisions", "stale", "refused")
arrival = itertools.count(1)


def first_come(tasks: scxbridge.Tasks) -> scxbridge.Decisions:
    """Each task goes to an idle CPU or, in order of arrival, to the first that is free."""
    return [task.decide(scxbridge.CPU_PICK_IDLE, vtime=next(arrival)) for task in tasks]


def main() -> int:
    result = 0
    with scxbridge.Scheduler(scxbridge.Options(name="python_fifo")) as scheduler:
        try:
            scheduler.run(first_come)
        except scxbridge.Ended as ended:
            info, result = ended.info, 1
            print(f"python_fifo: the kernel says: {info.reason} ({info.kind}, code {info.code}) {info.message}", file=sys.stderr)
        stats = scheduler.stats()
    print(*(f"{name}={getattr(stats, name)}" for name in COUNTERS))
    return result


if __name__ == "__main__":
    try:
        sys.exit(main())
    except scxbridge.Error as error:
        sys.exit(f"python_fifo: {error}")
