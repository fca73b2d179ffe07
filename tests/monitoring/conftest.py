# SPDX-License-Identifier: Apache-2.0
"""The hosts and wires are those of the end-to-end tests."""

import sys
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path += map(str, (_TESTS.parent, _TESTS / "e2e", _TESTS / "cluster"))
