# SPDX-License-Identifier: Apache-2.0
"""One row of the table of script/bench."""
import statistics


def row(name, runs):
    rates = [run["events"] / run["cpu_seconds"] for run in runs]
    return {"name": name, "rounds": len(runs), "events": runs[0]["events"],
            "events_per_cpu_second_best": round(max(rates)),
            "events_per_cpu_second_median": round(statistics.median(rates)),
            "ns_per_event": round(1e9 / max(rates)),
            "mb_per_cpu_second": round(max(run["bytes"] / run["cpu_seconds"] for run in runs) / 1e6, 1)}
