# SPDX-License-Identifier: Apache-2.0
"""What real speakers say of their Leases: how many members there are, and how renewing one's own goes."""

import pytest

FIRST, SECOND, THIRD = "node-a", "node-b", "node-c"


def renewals(node):
    return node.speaker.metric("isat_lease_renewal_seconds_count")


def failures(node):
    return node.speaker.metric("isat_lease_renewal_failures_total")


def members(lab, *names):
    return {lab[name].speaker.metric("isat_members") for name in names}


@pytest.fixture(autouse=True)
def _everybody_is_there(lab):
    lab.wait(lambda: members(lab, *lab.nodes) == {3}, "three members, as all see it", 20)


def test_renewals_are_timed(lab):
    node = lab[FIRST]
    before, sum_before = renewals(node), node.speaker.metric("isat_lease_renewal_seconds_sum")
    lab.wait(lambda: renewals(node) >= before + 4, "four renewals of 500 ms each")
    took = (node.speaker.metric("isat_lease_renewal_seconds_sum") - sum_before) / (renewals(node) - before)
    # A round trip on this machine: more than nothing, and far less than a Lease lasts.
    assert 0 < took < 1
    # Every observation is in the bucket that holds all.
    assert node.speaker.metric("isat_lease_renewal_seconds_bucket", le="+Inf") == pytest.approx(renewals(node), abs=2)


def test_drained_node_is_no_member(lab):
    lab[SECOND].drain()
    lab.wait(lambda: members(lab, FIRST, THIRD) == {2}, "two members, as the others see it")
    lab[SECOND].undrain()
    lab.wait(lambda: members(lab, *lab.nodes) == {3}, "three members again")


def test_cut_off_node_fails_to_renew(lab):
    node = lab[THIRD]
    before = failures(node)
    others = {name: failures(lab[name]) for name in (FIRST, SECOND)}
    node.cut_api()
    lab.wait(lambda: failures(node) > before, "a failed renewal", 20)
    count = renewals(node)
    lab.wait(lambda: members(lab, FIRST, SECOND) == {2}, "two members, as the others see it")
    assert renewals(node) == count, "nothing was renewed meanwhile"
    assert {name: failures(lab[name]) for name in others} == others
    node.mend_api()
    lab.wait(lambda: renewals(node) > count, "renewals again", 30)
