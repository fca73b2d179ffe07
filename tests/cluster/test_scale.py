# SPDX-License-Identifier: Apache-2.0
"""A large cluster: what the first view costs in processor time and memory; scripts/bench measures how long it takes."""

import large_cluster
import process
import pytest
from cluster import Cluster
from lab import wait_for

SYNC_SECONDS, PEAK_MIB = 2, 64  # of processor time; of resident memory, the maps apart


@pytest.fixture(name="cluster", scope="module")
def _cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("api")) as cluster:
        yield cluster


def test_five_thousand_services(cluster):
    large_cluster.populate(cluster.api)
    with cluster.speaker(cluster.configuration(membership="lease")) as speaker:
        wait_for(lambda: speaker.metric("isat_announcements") == large_cluster.SERVICES, 60, "every announcement")
        peak, spent = (measure(speaker.daemon.pid()) for measure in (process.peak_mebibytes, process.processor_seconds))
        print(f"peak resident memory {peak:.0f} MiB; processor time {spent:.2f} s")
        assert peak <= PEAK_MIB
        # How long it takes is the API server's time too, which on a small machine is most of it.
        assert spent <= SYNC_SECONDS
