# SPDX-License-Identifier: Apache-2.0
"""Outcomes of a measurement that may be interrupted: kept in a file, run by run."""

import dataclasses
import json
from pathlib import Path

from failover_case import Outcome


class KeptOutcomes:
    def __init__(self, path, measured_on):
        """measured_on: outcomes that came from anything else are forgotten."""
        self._path, self._measured_on = Path(path), measured_on
        self._outcomes = {}
        if self._path.exists():
            kept = json.loads(self._path.read_text())
            if kept["measured_on"] == measured_on:
                self._outcomes = kept["outcomes"]

    def of(self, case):
        return [Outcome(**each) for each in self._outcomes.get(case, [])]

    def add(self, case, outcome):
        self._outcomes.setdefault(case, []).append(dataclasses.asdict(outcome))
        whole = self._path.with_suffix(".new")
        whole.write_text(json.dumps({"measured_on": self._measured_on, "outcomes": self._outcomes}, indent=1))
        whole.replace(self._path)
