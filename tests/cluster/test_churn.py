# SPDX-License-Identifier: Apache-2.0
"""Exactly one holder, whatever happens. ISAT_CHURN_SECONDS for longer, ISAT_CHURN_SEED for another order."""

import os

import churn
import failover

NODES = 4
SECONDS = float(os.environ.get("ISAT_CHURN_SECONDS", 45))
# Always the same order, so that a change is judged by what it changes. scripts/failover --churn takes others.
SEED = int(os.environ.get("ISAT_CHURN_SEED", 2408476997))


def test_exactly_one_holder(lab):
    failover.populate(lab)
    outcome = churn.run_churn(lab, SECONDS, SEED, failover.addresses(lab))
    print(outcome.text())
    assert not outcome.faults, f"ISAT_CHURN_SEED={SEED}:\n{outcome.text()}"
    assert (outcome.answers.strays, outcome.answers.repeats) == (0, 0)
