# SPDX-License-Identifier: Apache-2.0
"""How long nobody answered for an address, or several did, since the last blow to those who should."""

import dataclasses

from election import order


@dataclasses.dataclass(frozen=True)
class Trouble:
    span: object
    lasts: float  # seconds of it that count

    def __str__(self):
        return f"{self.span}; {self.lasts * 1000:.0f} ms of it count"


class ChurnJudge:
    """Time begins anew with each blow to the node that holds the address, and to each of its heirs until one answers.
    What happens to a Service, or to a node whose turn it is not, excuses nothing. Nor do blows without end: of the
    whole length, each node but the one that is left alone excuses one share."""

    def __init__(self, answers, lab, presences):
        """presences: {address: [(begin, end)]}, while it had a Service; the other addresses always had one."""
        self._answers, self._nodes, self._presences = answers, list(lab.nodes), presences
        self._blows = [(when, what.split()[0]) for when, what in lab.history]

    def gaps(self):
        """Of addresses while they had a Service."""
        always = [(0.0, float("inf"))]
        return [gap for address, spans in self._answers.spans.items() for place, span in enumerate(spans)
                if not span.holders for presence in self._presences.get(address, always)
                for gap in self._gap(spans, place, *presence)]

    def overlaps(self):
        """Of all addresses: two may not answer for one without a Service either."""
        found = []
        for spans in self._answers.spans.values():
            for first, last in _runs(spans, lambda span: len(span.holders) > 1):
                whole = dataclasses.replace(
                    spans[first], end=spans[last].end, questions=sum(span.questions for span in spans[first:last + 1]),
                    holders=tuple(sorted({name for span in spans[first:last + 1] for name in span.holders})))
                found.append(self._trouble(whole, spans[max(first - 1, 0):last + 2]))
        return found

    def _gap(self, spans, place, begin, end):
        span = spans[place]
        if span.end <= begin or span.begin >= end:
            return []
        # Who held it for an earlier Service, or holds it for a later one, was not asked to hold it now.
        before = spans[place - 1:place] if place > 0 and span.begin > begin else []
        after = spans[place + 1:place + 2] if span.end < end else []
        seconds = min(span.end, end) - max(span.begin, begin)
        part = dataclasses.replace(span, begin=max(span.begin, begin), end=min(span.end, end),
                                   questions=max(round(span.questions * seconds / max(span.seconds, seconds)), 1))
        return [self._trouble(part, [*before, *after] if after else [])]

    def _trouble(self, span, near):
        concerned = self._concerned(span.address, near)
        last = max((when for when, node in self._blows if node in concerned and when < span.end), default=span.begin)
        return Trouble(span, max(span.end - max(last, span.begin), span.seconds / (len(self._nodes) - 1)))

    def _concerned(self, address, near):
        """Those who answered about then, and all whom the election prefers to them; all, if nobody did any more."""
        preferred = order(address, self._nodes)
        places = [preferred.index(name) for span in near for name in span.holders if name in preferred]
        return preferred[:max(places, default=len(preferred)) + 1]


def _runs(spans, wanted):
    """(first, last) of each row of neighbours that are wanted."""
    rows, begin = [], None
    for place, span in enumerate([*spans, None]):
        if span is not None and wanted(span):
            begin = place if begin is None else begin
        elif begin is not None:
            rows.append((begin, place - 1))
            begin = None
    return rows
