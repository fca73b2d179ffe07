# SPDX-License-Identifier: Apache-2.0
"""What `isat explain` says on a speaker's node."""

import json

from lab import ISAT
from two_addresses import V4


def explain(speaker, address, *arguments):
    """(exit status, explanation) of the node that the speaker is on."""
    result = speaker.host.run(ISAT, "explain", "--config", speaker.configuration, "-o", "json", *arguments, address,
                              check=False)
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout)


def broken(speaker, address=V4, *arguments):
    """The broken link and its cause; ("", "") when the node answers."""
    status, explanation = explain(speaker, address, *arguments)
    assert status == (0 if explanation["answers"] else 1)
    broken_links = [link["link"] for link in explanation["links"] if link["state"] == "broken"]
    assert len(broken_links) == (0 if explanation["answers"] else 1), explanation
    assert bool(explanation["mend"]) != explanation["answers"]
    return (broken_links or [""])[0], explanation["cause"]
