# SPDX-License-Identifier: Apache-2.0
"""A picture of who answered for each address over time, with what happened to the nodes."""

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "isat", "svg.fonttype": "none"})  # small, and the same for the same answers
from matplotlib import pyplot  # noqa: E402

NOBODY, SEVERAL = "#d62728", "#000000"
_COLOURS = ("#4c78a8", "#72b7b2", "#b6cb67", "#c9b8e8", "#e8c07d")


def draw(answers, history, path, title):
    """history: [(time, what)]; path: an SVG file."""
    names = sorted({name for spans in answers.spans.values() for span in spans for name in span.holders})
    colours = dict(zip(names, _COLOURS))
    start = min(spans[0].begin for spans in answers.spans.values())
    end = max(spans[-1].end for spans in answers.spans.values())
    figure, axes = pyplot.subplots(figsize=(10, 1.2 + 0.13 * len(answers.addresses)))
    for row, address in enumerate(answers.addresses):
        for span in answers.spans[address]:
            fault = NOBODY if not span.holders else SEVERAL
            colour = colours[span.holders[0]] if len(span.holders) == 1 else fault
            # A fault of some milliseconds must be seen too.
            least = 0 if len(span.holders) == 1 else 0.01
            axes.broken_barh([(span.begin - start, max(span.seconds, least))], (row, 0.85), color=colour, linewidth=0)
    for when, what in [each for each in history if start <= each[0] <= end]:
        axes.axvline(when - start, color="#555555", linewidth=0.7, linestyle="--")
        axes.annotate(what, (when - start, len(answers.addresses)), rotation=35, fontsize=7, annotation_clip=False)
    axes.set_ylim(0, len(answers.addresses))
    axes.set_yticks([row + 0.4 for row in range(len(answers.addresses))], answers.addresses, fontsize=5)
    axes.set_xlabel(f"seconds\n{title}")
    legend = [pyplot.Rectangle((0, 0), 1, 1, color=colour) for colour in (*colours.values(), NOBODY, SEVERAL)]
    axes.legend(legend, [*colours, "nobody", "several"], fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
