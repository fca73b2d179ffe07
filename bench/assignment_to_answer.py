# SPDX-License-Identifier: Apache-2.0
"""From the patch of a Service's status to the first ARP reply on the wire."""

import time

from asker import Asker

RATE = 1_000  # questions a second for each address: what is measured is no finer
TOGETHER = 10  # addresses asked for at a time; more would take the processor from what is measured


def measure(cluster, services):
    """Seconds, one for each Service: from when the patch was sent, and from when it was confirmed."""
    addresses = [f"192.0.2.{10 + number}" for number in range(services)]
    for number in range(services):
        cluster.service(f"web-{number}")
    sent, confirmed = [], []
    with cluster.speaker(cluster.configuration(membership="lease")), cluster.api.connect() as connection:
        for begin in range(0, services, TOGETHER):
            batch = range(begin, min(begin + TOGETHER, services))
            with Asker(cluster.client, [addresses[number] for number in batch], rate=RATE) as asker:
                patched = [_assign(cluster.api, number, addresses[number], connection) for number in batch]
                time.sleep(0.5)
            for number, (began, ended) in zip(batch, patched):
                answered = _first_answer(asker.answers, addresses[number])
                sent.append(answered - began)
                confirmed.append(answered - ended)
    return {"from_patch": sent, "from_confirmation": confirmed}


def _assign(api, number, address, connection):
    began = time.monotonic()
    api.patch_ingress(f"web-{number}", [address], connection=connection)
    ended = time.monotonic()
    time.sleep(0.1)  # one change at a time
    return began, ended


def _first_answer(answers, address):
    assert not answers.spans[address][0].holders, f"{address} was answered for before it was assigned"
    return next(span.begin for span in answers.spans[address] if span.holders)
