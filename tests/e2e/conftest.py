# SPDX-License-Identifier: Apache-2.0
"""A lab for each test, and in it a node and a client on one wire."""

import pytest
from lab import Lab


@pytest.fixture(name="lab")
def _lab():
    with Lab() as lab:
        yield lab


@pytest.fixture(name="pair")
def _pair(lab):
    return lab.pair()
