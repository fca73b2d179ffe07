# SPDX-License-Identifier: Apache-2.0
"""Everything that can happen to nodes and Services, in an order that a seed decides, and what may follow from it."""

import dataclasses
import random
import time

import failover_table
from churn_judge import ChurnJudge
from election import holder
from failover_case import LEASE

PASSING = [f"192.0.2.{number}" for number in range(200, 206)] + [f"2001:db8::{number}" for number in range(200, 204)]
# Seconds after the last mend, of which the last one must be quiet: a node that lost the API tries again every 10 s.
SETTLE = 10 + LEASE + 1


@dataclasses.dataclass(frozen=True)
class ChurnOutcome:
    seed: int
    seconds: float
    answers: object
    lost: int       # questions for addresses whose Services were always there
    faults: list    # spans that last longer than they may, and addresses that ended up elsewhere than they should
    gaps: list      # Troubles, while the address had a Service
    overlaps: list  # Troubles
    happened: int
    story: str

    def figures(self):
        (gap, whole_gap), (overlap, whole_overlap) = map(_longest, (self.gaps, self.overlaps))
        return (f"{self.happened} things happened in {self.seconds:g} s (seed {self.seed}). Of {self.answers.asked:,}"
                f" questions {self.lost:,} for addresses that were always assigned had no answer. Counted from the last"
                f" thing that happened meanwhile to the node that held an address or was next, nobody answered for"
                f" {gap:.0f} ms at most (in all: {whole_gap:.0f} ms), and two did for {overlap:.0f} ms (in all:"
                f" {whole_overlap:.0f} ms); {len(self.faults)} times something was not as it may be.")

    def text(self):
        worst = [max(each, key=lambda trouble: trouble.lasts) for each in (self.gaps, self.overlaps) if each]
        return "\n".join([self.figures(), *map(str, self.faults), "longest:", *map(str, worst), "history:", self.story])

    def write(self, docs, machine):
        (docs / "churn.txt").write_text(f"{machine}\n{self.text()}\n")
        said = f"{self.figures()} Measured on {machine}; [what happened when](churn.txt)."
        failover_table.replace(docs / "FAILOVER.md", "churn", said)


def _longest(troubles):
    """Milliseconds: that count, and of a whole one."""
    return (1000 * max((trouble.lasts for trouble in troubles), default=0),
            1000 * max((trouble.span.seconds for trouble in troubles), default=0))


def run_churn(lab, seconds, seed, kept):
    """kept: addresses that have their Services all the time; others come and go."""
    churn = Churn(lab, seed, PASSING)
    lab.history.clear()
    with lab.asker([*kept, *PASSING]) as asker:
        churn.run(seconds)
        time.sleep(SETTLE)
    answers, unseen = asker.answers, 2 * asker.longest_pause
    judge = ChurnJudge(answers, lab, churn.presences)
    gaps, overlaps = judge.gaps(), judge.overlaps()
    faults = [gap for gap in gaps if gap.lasts > LEASE + 1 + unseen]
    faults += [overlap for overlap in overlaps if overlap.lasts > LEASE + unseen]
    faults += unsettled(answers, {address: holder(address, lab.nodes) for address in {*kept, *churn.present}})
    lost = sum(gap.span.questions for gap in gaps if gap.span.address not in PASSING)
    return ChurnOutcome(seed, seconds, answers, lost, faults, gaps, overlaps, len(lab.history), lab.story())


def unsettled(answers, holders):
    """What is not, in the last second, with its holder alone; what has no Service any more, with nobody."""
    last = {address: spans[-1] for address, spans in answers.spans.items()}
    wanted = {address: (holders[address],) if address in holders else () for address in last}
    return [f"in the end {span}, instead of {wanted[address]} for a second" for address, span in last.items()
            if span.holders != wanted[address] or span.seconds < 1]


class Churn:
    """One node at least is always left alone, so that there is somebody who can answer."""

    def __init__(self, lab, seed, passing):
        """passing: addresses whose Services come and go."""
        self._lab, self._random = lab, random.Random(seed)
        self._passing = list(passing)
        self._troubled = {}  # node: what mends it
        self.presences = {address: [] for address in passing}  # [(begin, end)] of its Services
        self._faults = [
            lambda node: (node.kill, node.start),
            lambda node: (node.freeze, node.thaw),
            lambda node: (node.cut_api, node.mend_api),
            lambda node: (lambda: self._unwire(node), lambda: self._wire(node)),
            lambda node: (node.drain, node.undrain),
            lambda node: (lambda: self._restart(node), lambda: None),
            lambda node: (node.unplug, node.plug),
        ]

    @property
    def present(self):
        """Those that have a Service."""
        return [address for address, spells in self.presences.items() if spells and spells[-1][1] == float("inf")]

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
        name, spells = f"passing-{self._passing.index(address)}", self.presences[address]
        if address in self.present:
            self._lab.note(f"{address} deleted")
            spells[-1] = (spells[-1][0], time.monotonic())
            self._lab.resources.delete_service(name)
        else:
            self._lab.note(f"{address} assigned")
            self._lab.resources.service(name, address, endpoints=list(self._lab.nodes),
                                        families=["IPv6" if ":" in address else "IPv4"])
            spells.append((time.monotonic(), float("inf")))

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
