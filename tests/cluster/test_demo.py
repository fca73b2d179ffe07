# SPDX-License-Identifier: Apache-2.0
"""scripts/demo --kubernetes: the same as without, from a Service in a real kube-apiserver; and nothing of it stays."""

import sys
import time
from pathlib import Path

import pytest

sys.path += map(str, (Path(__file__).resolve().parents[2], Path(__file__).resolve().parents[1] / "e2e"))
import api_server  # noqa: E402
from demo import Demo, shows_all_of_it  # noqa: E402
from tests.requirement import require  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def _built():
    try:
        api_server.binaries()
    except RuntimeError as error:
        require(False, str(error))


def test_shows_it_and_leaves_nothing(tmp_path):
    began = time.monotonic()
    with Demo(tmp_path, "--kubernetes") as demo:
        status = demo.ended()
    assert status == 0, demo.output
    assert time.monotonic() - began < 60
    shows_all_of_it(demo.output)
    assert "the next speaker withdraws it" in demo.output
    assert demo.left_behind() == []


@pytest.mark.parametrize("title, more", [("a kube-apiserver", 1.5), ("isat run", 0), ("the Service goes", 0)])
def test_interrupted(tmp_path, title, more):
    """more: seconds after the title, in which the API server begins."""
    with Demo(tmp_path, "--kubernetes") as demo:
        demo.reaches(title)
        time.sleep(more)
        demo.interrupt()
        status = demo.ended(30)
    assert status == 130 and "cleaning up" not in demo.output, demo.output
    assert demo.left_behind() == []
