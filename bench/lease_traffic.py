# SPDX-License-Identifier: Apache-2.0
"""What many members' Leases cost the API server, and a speaker among them."""

import re
import time

import process
from companion import companion
from lab import BUILD, wait_for

# The API server's own counts, of Leases only.
_COUNTED = {
    "writes": re.compile(r'^apiserver_request_total\{.*resource="leases".*verb="PUT".*\} (\S+)$', re.MULTILINE),
    "events": re.compile(r'^apiserver_watch_events_total\{.*resource="leases".*\} (\S+)$', re.MULTILINE),
    "bytes": re.compile(r'^apiserver_watch_events_sizes_sum\{.*resource="leases".*\} (\S+)$', re.MULTILINE),
}


def measure(cluster, members, seconds):
    """A second's worth of each, with so many members in one process and one real speaker beside them."""
    fleet = BUILD / "bench/fleet"
    api = cluster.api
    with cluster.speaker(cluster.configuration(membership="lease")) as speaker:
        with companion(cluster.node, fleet, "--kubeconfig",
                       api.kubeconfig("token", "speaker"), "--members", members):
            wait_for(lambda: speaker.metric("isat_members") == members + 1, 60, "every member")
            time.sleep(2 * _pause(members))  # so that all have slowed down
            before = _now(api, speaker)
            time.sleep(seconds)
            after = _now(api, speaker)
            assert speaker.metric("isat_members") == members + 1, speaker.log()[-2000:]
    passed = after["time"] - before["time"]
    return {"members": members + 1, "seconds": passed,
            **{name: (after[name] - before[name]) / passed for name in before if name != "time"}}


def _pause(members):
    """Between two renewals of a member, as control/lease_timing.h has it."""
    return 1.5 * max(1, members / 40)


def _now(api, speaker):
    etcd, server = api.pids()
    text = api.request("GET", "/metrics")
    counts = {name: sum(map(float, counted.findall(text))) for name, counted in _COUNTED.items()}
    return {"time": time.monotonic(), **counts, "api_server": process.processor_seconds(server),
            "etcd": process.processor_seconds(etcd), "speaker": process.processor_seconds(speaker.daemon.pid())}
