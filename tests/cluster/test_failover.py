# SPDX-License-Identifier: Apache-2.0
"""Failover as the client sees it: what it may lose in each case. Once; scripts/failover measures twenty times."""

import failover
import failover_case
import pytest

CASES = failover_case.cases(api_away=5.0)


@pytest.fixture(name="populated", scope="module")
def _populated(running):
    failover.populate(running)
    yield running
    running.restore()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(populated, case):
    populated.wait_all_held(failover.expected(populated), seconds=30)
    outcome, answers = failover_case.run(populated, case, failover.addresses(populated), failover.busiest(populated))
    print(f"{case.name}: {answers}")
    assert (answers.strays, answers.repeats) == (0, 0), answers
    assert failover_case.broken_promises(case, outcome) == [], f"{answers}\n{populated.story()}"
