# SPDX-License-Identifier: Apache-2.0
"""From a speaker's start to its last announcement, in a cluster of thousands of objects."""

import time

import large_cluster
import process
from lab import ISAT, wait_for


def measure(cluster, runs):
    """A row for each run; `alone` is what the same lists take with nobody parsing them."""
    large_cluster.populate(cluster.api)
    _wait_idle(cluster.api)
    rows = [_run(cluster) for _ in range(runs)]
    return {"services": large_cluster.SERVICES, "slices": large_cluster.SERVICES * large_cluster.SLICES_EACH,
            "nodes": large_cluster.NODES, "runs": rows}


def _run(cluster):
    alone, size = large_cluster.hand_out(cluster.api)
    speaker = cluster.lab.speaker(cluster.node, cluster.configuration(membership="lease"), name="-first-view")
    begin = time.monotonic()
    try:
        speaker.start(wait=False)
        wait_for(lambda: speaker.metric("isat_announcements") == large_cluster.SERVICES, 60, "every announcement")
        pid = speaker.daemon.pid()
        return {"seconds": time.monotonic() - begin, "alone": alone, "bytes": size,
                "processor": process.processor_seconds(pid), "peak_mib": process.peak_mebibytes(pid),
                "map_mib": process.map_mebibytes(pid)}
    finally:
        speaker.stop(kill=True)
        cluster.node.run(ISAT, "detach", "--pin", speaker.pin)


def _wait_idle(api):
    """Until the API server has taken in what was written behind its back."""
    def used():
        before = [process.processor_seconds(pid) for pid in api.pids()]
        time.sleep(1)
        return sum(process.processor_seconds(pid) for pid in api.pids()) - sum(before)

    large_cluster.hand_out(api)
    wait_for(lambda: used() < 0.1, 60, "an idle API server")
