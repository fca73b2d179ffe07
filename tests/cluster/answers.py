# SPDX-License-Identifier: Apache-2.0
"""Who answered for which address, question by question: what the asker's log comes to."""

import dataclasses

import numpy

_RECORD = numpy.dtype([("time", "u8"), ("number", "u4"), ("kind", "u2"), ("target", "u2"), ("mac", "u1", 6),
                       ("rest", "u1", 2)])  # record.h
_ASKED, _ANSWERED, _ANNOUNCED = range(3)


@dataclasses.dataclass(frozen=True)
class Span:
    """Questions in a row for one address that the same hosts answered: none is a gap, several are an overlap.

    begin: when the first of them was asked; end: when the first was that others answered, or the last of all.
    """
    address: str
    begin: float
    end: float
    holders: tuple
    questions: int

    @property
    def seconds(self):
        return self.end - self.begin

    def __str__(self):
        return (f"{self.address}: {' and '.join(self.holders) or 'nobody'}, {self.questions} questions,"
                f" {self.seconds * 1000:.0f} ms from {self.begin:.3f}")


class Answers:
    """Times are time.monotonic()'s seconds."""

    def __init__(self, log, addresses, names=None):
        """names: {MAC: what to call its host}; others are called by their MAC."""
        self.addresses = list(addresses)
        records = numpy.fromfile(log, _RECORD)
        asked = records[records["kind"] == _ASKED]
        assert (asked["number"] == numpy.arange(len(asked))).all(), f"{log}: not the log of an asker"
        self._times = asked["time"] / 1e9
        heard = records[records["kind"] != _ASKED]
        macs, holders = numpy.unique(heard["mac"], axis=0, return_inverse=True)
        assert len(macs) <= 63, f"{len(macs)} hosts answered"
        self._names = [self._name(mac, names or {}) for mac in macs]
        self._bits = numpy.left_shift(numpy.uint64(1), holders.reshape(-1).astype(numpy.uint64))
        self._take_answers(heard)
        self._announced = [(record["time"] / 1e9, self.addresses[record["target"]], self._names_of(bit)[0])
                           for record, bit in zip(heard, self._bits) if record["kind"] == _ANNOUNCED]
        self.spans = {address: self._spans(number) for number, address in enumerate(self.addresses)}

    @staticmethod
    def _name(mac, names):
        text = ":".join(f"{byte:02x}" for byte in mac)
        return names.get(text, text)

    def _take_answers(self, heard):
        answers = heard["kind"] == _ANSWERED
        numbers, bits = heard["number"][answers], self._bits[answers]
        known = numbers < len(self._times)
        right = known & (heard["target"][answers] == numbers % len(self.addresses))
        self.strays = int(numpy.count_nonzero(~right))  # answers to what was never asked
        self._holders = numpy.zeros(len(self._times), numpy.uint64)
        numpy.bitwise_or.at(self._holders, numbers[right], bits[right])
        pairs = numpy.stack([numbers[right].astype(numpy.uint64), bits[right]])
        # The same host answered the same question again.
        self.repeats = pairs.shape[1] - numpy.unique(pairs, axis=1).shape[1]

    def _names_of(self, bits):
        return tuple(sorted(name for number, name in enumerate(self._names) if int(bits) >> number & 1))

    def _spans(self, target):
        times, holders = self._times[target::len(self.addresses)], self._holders[target::len(self.addresses)]
        if len(times) == 0:
            return []
        begins = numpy.flatnonzero(numpy.concatenate([[True], holders[1:] != holders[:-1]]))
        ends = [*begins[1:], len(times) - 1]
        return [Span(self.addresses[target], float(times[begin]), float(times[end]), self._names_of(holders[begin]),
                     int(max(end - begin, 1)))
                for begin, end in zip(begins, ends)]

    @property
    def asked(self):
        return len(self._times)

    @property
    def lost(self):
        """Questions that nobody answered."""
        return int(numpy.count_nonzero(self._holders == 0))

    def gaps(self, begin=0.0, end=float("inf")):
        """Spans that nobody answered, of all addresses; of those that touch the time given."""
        return [span for span in self._all(begin, end) if not span.holders]

    def overlaps(self, begin=0.0, end=float("inf")):
        return [span for span in self._all(begin, end) if len(span.holders) > 1]

    def moves(self, begin=0.0, end=float("inf")):
        """(time, address, from, to): from the last single holder to the next, whatever lay between."""
        found = []
        for spans in self.spans.values():
            single = [span for span in spans if len(span.holders) == 1]
            found += [(later.begin, later.address, earlier.holders[0], later.holders[0])
                      for earlier, later in zip(single, single[1:])
                      if earlier.holders != later.holders and begin <= later.begin <= end]
        return sorted(found)

    def holders(self, address):
        """Every host that ever answered for it."""
        return {name for span in self.spans[address] for name in span.holders}

    def announcements(self, address=None):
        """(time, address, host) of each gratuitous frame."""
        return [each for each in self._announced if address in (None, each[1])]

    def _all(self, begin, end):
        return sorted((span for spans in self.spans.values() for span in spans
                       if span.end >= begin and span.begin <= end), key=lambda span: (span.begin, span.address))

    def __str__(self):
        gaps, overlaps = self.gaps(), self.overlaps()
        return (f"{self.asked} questions, {self.lost} lost in {len(gaps)} gaps"
                f" (longest {max((gap.seconds for gap in gaps), default=0) * 1000:.0f} ms),"
                f" {len(overlaps)} overlaps"
                f" (longest {max((overlap.seconds for overlap in overlaps), default=0) * 1000:.0f} ms),"
                f" {self.repeats} repeats, {self.strays} strays, {len(self.moves())} moves,"
                f" {len(self._announced)} gratuitous frames")
