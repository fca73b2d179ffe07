# SPDX-License-Identifier: Apache-2.0
"""What can happen to the node that holds addresses, and how much of it the client may notice."""

import dataclasses
import time
from collections.abc import Callable

LEASE = 2.0  # seconds: node_lab.LEASE's duration
# From a new holder's first answer to the old one's last, when the old one yields to the announcement it hears.
ONE_ANNOUNCEMENT = 0.05


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    fault: Callable        # (lab, node): returns when all of it has happened
    settle: float          # seconds after which nothing moves any more
    moves: bool            # whether the node's addresses go to others
    gap: float = 0         # seconds from the fault within which nobody may answer; 0 = no question may be lost
    overlap: float = 0     # seconds for which two may answer for an address


@dataclasses.dataclass(frozen=True)
class Outcome:
    lost: int       # questions that nobody answered
    gap: float      # seconds from the fault to the end of the last gap; 0 = none
    overlap: float  # the longest of one address
    doubled: int    # questions that two answered, the most for one address
    moved: int      # addresses that had another holder afterwards
    move: float     # seconds from the fault to the last first answer from a new holder; 0 = no move
    pause: float    # seconds, at most, in which nothing was asked: nothing shorter is seen


def _vanish(lab, node):
    """All of a node goes at once, as when its power fails. The speaker first: it would still say that the carrier went."""
    node.freeze()
    node.cut_api()
    node.unplug()


def _api_away(seconds):
    def fault(lab, _):
        lab.note("API server killed")
        lab.api.stop_api(kill=True)
        time.sleep(seconds)
        lab.note("API server started")
        lab.api.start_api()
    return fault


def _roll(lab, _):
    for node in lab.nodes.values():
        node.leave()
        time.sleep(0.3)
        node.start()


def cases(api_away=60.0, lapse=3 * LEASE):
    """api_away: for how many seconds all lose the API server; lapse: after how many others took over for sure."""
    return [
        Case("drain", lambda _, node: node.drain(), 2, True, gap=0.3, overlap=LEASE),
        Case("kill -9 of the speaker", lambda _, node: node.kill(), lapse, True, overlap=ONE_ANNOUNCEMENT),
        Case("SIGSTOP of the speaker", lambda _, node: node.freeze(), lapse, True, overlap=ONE_ANNOUNCEMENT),
        Case("node gone", _vanish, lapse, True, gap=LEASE + 1),
        Case("API lost by the node", lambda _, node: node.cut_api(), lapse, True, overlap=ONE_ANNOUNCEMENT),
        Case("API lost by all", _api_away(api_away), 3, False),
        Case("rolling restart", _roll, 1, False),
    ]


def run(lab, case, addresses, node):
    """One fault while the client asks; then the lab is mended. Returns (Outcome, Answers)."""
    lab.history.clear()
    with lab.asker(addresses) as asker:
        time.sleep(0.5)
        begin = time.monotonic()
        case.fault(lab, node)
        time.sleep(case.settle)
    lab.mend()
    return outcome_of(asker, begin), asker.answers


def outcome_of(asker, begin):
    answers = asker.answers
    overlaps, moves = answers.overlaps(), answers.moves()
    return Outcome(
        lost=answers.lost,
        gap=max((span.end - begin for span in answers.gaps()), default=0.0),
        overlap=max((span.seconds for span in overlaps), default=0.0),
        doubled=max((span.questions for span in overlaps), default=0),
        moved=len({address for _, address, _, _ in moves}),
        move=max((when - begin for when, *_ in moves), default=0.0),
        pause=asker.longest_pause)


def broken_promises(case, outcome):
    """One line for each thing that this outcome does not keep of what the case promises."""
    unseen = 2 * outcome.pause
    broken = []
    if outcome.lost > 0 and (case.gap == 0 or outcome.gap > case.gap + unseen):
        broken.append(f"{case.name}: {outcome.lost} questions lost, until {outcome.gap * 1000:.0f} ms after the fault")
    if outcome.doubled > 0 and (case.overlap == 0 or outcome.overlap > case.overlap + unseen):
        broken.append(f"{case.name}: two answered for {outcome.overlap * 1000:.0f} ms")
    if case.moves != (outcome.moved > 0):
        broken.append(f"{case.name}: {outcome.moved} addresses moved")
    return broken
