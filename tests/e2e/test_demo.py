# SPDX-License-Identifier: Apache-2.0
"""scripts/demo, the first thing anybody runs: what it shows, how long it takes, and that nothing of it stays."""

import time

import pytest
from demo import Demo, shows_all_of_it


def test_shows_it_and_leaves_nothing(tmp_path):
    began = time.monotonic()
    with Demo(tmp_path) as demo:
        status = demo.ended()
    assert status == 0, demo.output
    assert time.monotonic() - began < 60
    shows_all_of_it(demo.output)
    assert demo.left_behind() == []


@pytest.mark.parametrize("title", ["two hosts on one wire", "isat run", "the client asks", "the maps", "kill -9"])
def test_interrupted(tmp_path, title):
    with Demo(tmp_path) as demo:
        demo.reaches(title)
        demo.interrupt()
        status = demo.ended(20)
    assert status == 130 and "cleaning up" not in demo.output, demo.output
    assert demo.left_behind() == []
