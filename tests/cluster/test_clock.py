# SPDX-License-Identifier: Apache-2.0
"""One node's wall clock jumps by an hour, there and back: nobody notices. No Lease is judged by another's clock."""

import datetime
import re
import time
from pathlib import Path

import failover
from election import addresses_held_by
from failover_case import LEASE
from node_lab import NodeLab, require

HOUR = 3600


class Clock:
    """The wall clock of one process, by libfaketime; its monotonic clock stays the machine's."""

    def __init__(self, directory):
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        require(library is not None, "libfaketime is missing: run scripts/install")
        self._offset = directory / "offset"
        self.step(0)
        self.wrap = ("env", f"LD_PRELOAD={library}", f"FAKETIME_TIMESTAMP_FILE={self._offset}", "FAKETIME_NO_CACHE=1",
                     "FAKETIME_DONT_FAKE_MONOTONIC=1")

    def step(self, seconds):
        fresh = self._offset.with_suffix(".next")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self._offset)


def ahead(node):
    """By how much the clock of the last line in the node's log is ahead of ours."""
    last = re.match(r"(\S+)Z ", node.speaker.log().splitlines()[-1])[1]
    return datetime.datetime.fromisoformat(last).timestamp() - datetime.datetime.utcnow().timestamp()


def test_an_hour_on_one_node(tmp_path):
    clock = Clock(tmp_path)
    with NodeLab(tmp_path / "api") as lab:
        stepped = failover.busiest(lab)
        for node in lab.nodes.values():
            node.start(wrap=clock.wrap if node is stepped else ())
        failover.populate(lab)
        # Addresses of its own, so that there is something to write into its log.
        markers = [each for each in addresses_held_by(stepped, lab.nodes, 40) if each not in failover.addresses(lab)]
        with lab.asker(failover.addresses(lab)) as asker:
            for hours in (1, 0):
                lab.note(f"clock of {stepped} steps to {hours} h ahead")
                clock.step(hours * HOUR)
                time.sleep(3 * LEASE)
                lab.resources.service(f"marker-{hours}", markers[hours], endpoints=list(lab.nodes))
                lab.wait(lambda: abs(ahead(stepped) - hours * HOUR) < 60, f"a log that is {hours} h ahead")
        answers = asker.answers
        assert (answers.gaps(), answers.overlaps(), answers.moves()) == ([], [], []), f"{answers}\n{lab.story()}"
