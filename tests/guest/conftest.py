# SPDX-License-Identifier: Apache-2.0
"""The hosts and wires are those of the end-to-end tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "e2e"))
