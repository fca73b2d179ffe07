# SPDX-License-Identifier: Apache-2.0
"""One multi-node lab for all tests of a file, its speakers running; every test begins with objects of its own only."""

import pytest


@pytest.fixture(scope="module")
def running(request, tmp_path_factory):
    """The file may say NODES (3) and INTERFACES (("eth0",)); a file with its own needs makes its own NodeLab."""
    from node_lab import NodeLab  # tests of the API server alone need no isat
    nodes = getattr(request.module, "NODES", 3)
    interfaces = getattr(request.module, "INTERFACES", ("eth0",))
    with NodeLab(tmp_path_factory.mktemp("api"), nodes, interfaces=interfaces) as lab:
        lab.start_all()
        yield lab


@pytest.fixture
def lab(running):
    running.history.clear()
    yield running
    running.restore()


@pytest.fixture
def configured(lab):
    """Starts nodes anew with further settings, as NodeLab.configuration() takes them, for one test."""
    changed = {}

    def configure(*names, **settings):
        for name in names:
            changed[name] = lab[name]
            lab[name].leave()
            lab[name].start(lab.configuration(lab[name], **settings))

    yield configure
    lab.mend()
    for node in changed.values():
        node.leave()
        node.start(lab.configuration(node))
