# SPDX-License-Identifier: Apache-2.0
"""What a test needs of the machine, and what happens when it is not there."""

import os

import pytest


def require(condition, reason):
    """Skips the test that calls this, visibly, unless condition holds; in CI (CI=true) a skip is a failure.

    The line `isat-skip: REASON` is both printed and the skip's reason, since pytest hides what a skipped test printed:
    run pytest with -rs to see it.
    """
    if condition:
        return
    line = f"isat-skip: {reason}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{line} (nothing may be skipped in CI)", pytrace=False)
    print(line, flush=True)
    pytest.skip(line)
