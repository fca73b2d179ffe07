# SPDX-License-Identifier: Apache-2.0
"""MetalLB's election written once more, from its description: what the nodes must agree on."""

import hashlib


def order(address, nodes, scores=None):
    """Names, the holder first: by score, then by the hash of node and address (in Go's text form)."""
    scores = scores or {}
    return sorted(map(str, nodes), key=lambda node: (-scores.get(node, 0),
                                                     hashlib.sha256(f"{node}#{address}".encode()).digest()))


def holder(address, nodes, scores=None):
    return order(address, nodes, scores)[0]


def addresses_held_by(node, nodes, count, template="192.0.2.{}"):
    """The first `count` addresses of the template, counted from 10, that this node wins."""
    held = (template.format(number) for number in range(10, 250))
    return [address for address in held if holder(address, nodes) == str(node)][:count]
