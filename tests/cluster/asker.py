# SPDX-License-Identifier: Apache-2.0
"""Runs the asker on a host: each of many addresses is asked for many times a second, and every answer noted."""

import contextlib
import itertools
import re

from answers import Answers
from daemon import Daemon
from lab import BUILD, wait_for

ASKER = BUILD / "tests/asker"
_numbers = itertools.count()


class Asker:
    """Use as a context manager; `answers` is there after it.

    What is measured is never finer than `longest_pause` (seconds), the longest time in which nothing was asked.
    """

    def __init__(self, host, addresses, *, rate=200, interface="eth0", names=None):
        self._host, self._addresses, self._names = host, list(map(str, addresses)), names
        self._directory = host.lab.directory / f"asker-{next(_numbers)}"
        self._directory.mkdir()
        self._log = self._directory / "records"
        self._options = ["--interface", interface, "--rate", rate, "--log", self._log]
        self._program = Daemon("asker", self._directory)
        self.answers, self.longest_pause = None, None

    def __enter__(self):
        # Before all others: what it did not ask for want of the CPU, nobody can have answered.
        self._program.start(["chrt", "--fifo", "10", ASKER, *self._options, *self._addresses], self._host.namespace)
        wait_for(lambda: "asking" in self._program.tail() or self._program.pid() is None, 5, "the first question")
        assert self._program.pid() is not None, self._program.tail()
        return self

    def __exit__(self, kind, *_):
        self._program.stop()
        counts = re.search(r"asked (\d+), answers (\d+), longest pause (\d+) us", self._program.tail())
        with contextlib.ExitStack() as stack:
            stack.callback(lambda: self._log.unlink(missing_ok=True))
            if kind is None:
                assert counts, self._program.tail()
                self.longest_pause = int(counts[3]) / 1e6
                self.answers = Answers(self._log, self._addresses, self._names)

