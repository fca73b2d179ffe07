# SPDX-License-Identifier: Apache-2.0
"""Everything that can happen to nodes and Services, in an order that a seed decides, and what may follow from it."""

import dataclasses
import random
import time

import failover_table
from failover_case import LEASE

PASSING = [f"192.0.2.{number}" for number in range(200, 206)] + [f"2001:db8::{number}" for number in range(200, 204)]


@dataclasses.dataclass(frozen=True)
class ChurnOutcome:
    seed: int
    seconds: float
    answers: object
    lost: int     # questions for addresses whose Services were always there
    faults: list  # spans that last longer than they may
    # Seconds, since the last thing that happened meanwhile.
    longest_gap: float
    longest_overlap: float
    happened: int
    story: str

    def figures(self):
        return (f"{self.happened} things happened in {self.seconds:g} s (seed {self.seed}). Of {self.answers.asked:,} questions"
                f" {self.lost:,} for addresses that were always assigned had no answer. Counted from the last thing that"
                f" happened meanwhile, nobody answered for an address for {self.longest_gap * 1000:.0f} ms at most, and two did"
                f" for {self.longest_overlap * 1000:.0f} ms; {len(self.faults)} times that was longer than it may be.")

    def text(self):
        return "\n".join([self.figures(), *map(str, self.faults), "history:", self.story])

    def write(self, docs, machine):
        (docs / "churn.txt").write_text(f"{machine}\n{self.text()}\n")
        said = f"{self.figures()} Measured on {machine}; [what happened when](churn.txt)."
        failover_table.replace(docs / "FAILOVER.md", "churn", said)


def run_churn(lab, seconds, seed, kept):
    """kept: addresses that have their Services all the time; others come and go."""
    churn = Churn(lab, seed, PASSING)
    lab.history.clear()
    with lab.asker([*kept, *PASSING]) as asker:
        churn.run(seconds)
    answers, unseen = asker.answers, 2 * asker.longest_pause
    # Addresses of Services that went are nobody's; two may not answer for those either.
    gaps = [(_lasts(gap, lab), gap) for gap in answers.gaps() if gap.address not in PASSING]
    overlaps = [(_lasts(overlap, lab), overlap) for overlap in answers.overlaps()]
    faults = [gap for lasts, gap in gaps if lasts > LEASE + 1 + unseen]
    faults += [overlap for lasts, overlap in overlaps if lasts > LEASE + unseen]
    longest_gap, longest_overlap = (max((lasts for lasts, _ in spans), default=0) for spans in (gaps, overlaps))
    return ChurnOutcome(seed, seconds, answers, sum(gap.questions for _, gap in gaps), faults, longest_gap,
                        longest_overlap, len(lab.history), lab.story())


def _lasts(span, lab):
    """Seconds since the last thing that happened in it: the heir may be hit too, and the time begins anew. A third of
    its whole length at least, so that a fault which never ends cannot hide behind others."""
    last = max((when for when, _ in lab.history if when < span.end), default=span.begin)
    return max(span.end - max(last, span.begin), span.seconds / 3)


class Churn:
    """One node at least is always left alone, so that there is somebody who can answer."""

    def __init__(self, lab, seed, passing):
        """passing: addresses whose Services come and go."""
        self._lab, self._random = lab, random.Random(seed)
        self._passing = list(passing)
        self._troubled = {}  # node: what mends it
        self._present = set()
        self._faults = [
            lambda node: (node.kill, node.start),
            lambda node: (node.freeze, node.thaw),
            lambda node: (node.cut_api, node.mend_api),
            lambda node: (lambda: self._unwire(node), lambda: self._wire(node)),
            lambda node: (node.drain, node.undrain),
            lambda node: (lambda: self._restart(node), lambda: None),
        ]

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._random.choice((self._trouble, self._trouble, self._mend, self._come_or_go))()
            time.sleep(self._random.uniform(0.2, 2.0))
        for node in list(self._troubled):
            self._mend(node)

    def _trouble(self):
        well = [node for node in self._lab.nodes.values() if node not in self._troubled]
        if len(well) < 2:
            return self._mend()
        node = self._random.choice(well)
        act, self._troubled[node] = self._random.choice(self._faults)(node)
        act()

    def _mend(self, node=None):
        if node is None and self._troubled:
            node = self._random.choice(sorted(self._troubled, key=str))
        if node is not None:
            self._troubled.pop(node)()

    def _come_or_go(self):
        address = self._random.choice(self._passing)
        name = f"passing-{self._passing.index(address)}"
        if address in self._present:
            self._lab.note(f"{address} deleted")
            self._lab.resources.delete_service(name)
        else:
            self._lab.note(f"{address} assigned")
            self._lab.resources.service(name, address, endpoints=list(self._lab.nodes),
                                        families=["IPv6" if ":" in address else "IPv4"])
        self._present ^= {address}

    @staticmethod
    def _restart(node):
        """As in a rollout. What should move to the node meanwhile must wait for it: it counts as alive."""
        node.leave()
        time.sleep(0.5)
        node.start()

    @staticmethod
    def _unwire(node):
        """Power lost, as far as others see; the speaker goes on, alone, and must know better when it is back."""
        node.unplug()
        node.cut_api()

    @staticmethod
    def _wire(node):
        node.plug()
        node.mend_api()
