# SPDX-License-Identifier: Apache-2.0
"""scripts/demo as a user runs it, and what it leaves behind."""

import os
import re
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path

from lab import BPFFS, BUILD, ROOT
from tests.requirement import require


class Demo:
    """Use as a context manager: however the test ends, the demo has."""

    def __init__(self, directory, *arguments):
        """directory: an empty one, for its temporary files."""
        require(os.geteuid() == 0, "scripts/demo needs root")
        require(BUILD.resolve() == ROOT / "build" and (BUILD / "isat").exists(),
                "scripts/demo runs build/isat: run scripts/build")
        self._directory, self._arguments = directory, arguments
        # Whatever it starts inherits this, in whichever session, group or namespace it is.
        self._mark = f"ISAT_DEMO={uuid.uuid4()}"
        self.output = ""

    def __enter__(self):
        # A shell cannot trap what was ignored when it began, as SIGINT is in the background of some.
        command = ["env", "--default-signal=INT", self._mark, f"TMPDIR={self._directory}", ROOT / "scripts/demo",
                   *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                         start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.terminate()
        self.ended(30)

    def _read(self):
        for line in self._process.stdout:
            self.output += line

    def reaches(self, title, seconds=60):
        end = time.monotonic() + seconds
        while f"== {title}" not in self.output and self._process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        assert f"== {title}" in self.output, self.output

    def interrupt(self):
        """As the terminal does at Ctrl-C: whoever is in the foreground hears of it."""
        os.killpg(self._process.pid, signal.SIGINT)

    def ended(self, seconds=60):
        """Its exit status."""
        status = self._process.wait(seconds)
        self._reader.join(5)
        return status

    def left_behind(self):
        """Namespaces, pins, files and processes; those that are just ending have a second for it."""
        end = time.monotonic() + 1
        while (found := self._remains()) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def _remains(self):
        namespaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        found = re.findall(rf"\S*-{self._process.pid}\b", namespaces)
        found += [str(path) for path in (*BPFFS.glob(f"*-{self._process.pid}"), *self._directory.iterdir())]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it ended meanwhile
                continue
        return found


def shows_all_of_it(output):
    """What both forms of the demo are to show."""
    neighbours = output.partition("== the client's neighbour table")[2].partition("==")[0]
    for address in ("192.0.2.10", "2001:db8::10"):
        assert re.search(rf"^{re.escape(address)} .* REACHABLE *$", neighbours, re.MULTILINE), output
    counters = output.partition("== the counters")[2].partition("==")[0]
    for family, least in (("arp", 4), ("ndp", 1)):  # three by arping after the wait for the first; one by ndisc6
        answered = re.search(rf"^eth0 +{family} +answered +(\d+)$", counters, re.MULTILINE)
        assert answered and int(answered[1]) >= least, counters
    # The speaker's own account is there too, not only what anybody reads in the maps.
    assert "warning" not in counters and "source    in touch" in counters, counters
    maps = output.partition("== the maps")[2].partition("==")[0]
    for name in ("announced_v4", "announced_v6", "deadline"):
        dump = maps.partition(f"/{name}")[2].partition("$ ")[0]
        assert re.search(r'"?key"?: ', dump) and re.search(r'"?value"?: ', dump), maps
    dead = output.partition("== kill -9")[2].partition("==")[0]
    assert re.search(r"1 packets transmitted, +1 packets received", dead), dead
