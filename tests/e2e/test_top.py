# SPDX-License-Identifier: Apache-2.0
"""`isat top`: on a real terminal, and as JSON."""

import json
import os
import pty
import select
import socket
import subprocess
import time

import pytest
from lab import ISAT, Lab

V4 = "192.0.2.10"
CONFIGURATION = f"interfaces: [eth0]\naddresses: [{V4}]\nannounce: {{rounds: 1, refresh: 0s}}\n"


@pytest.fixture(name="speaker")
def _speaker():
    with Lab() as lab:
        node, client = lab.pair()
        speaker = lab.speaker(node, CONFIGURATION).start()
        speaker.client = client
        yield speaker


def test_counts_between_two_looks(speaker):
    command = ["nsenter", f"--net=/run/netns/{speaker.host.namespace}", "--", ISAT, "top", "--pin", speaker.pin,
               "--interval", "2s", "-o", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as top:
        time.sleep(0.5)
        for _ in range(3):
            assert speaker.client.asks(V4)
        seen = json.loads(top.communicate(timeout=10)[0])
    assert [(row["address"], row["interface"], row["answered"]) for row in seen["addresses"]] == [(V4, "eth0", 3)]
    assert 1 <= seen["addresses"][0]["per_second"] <= 1.6
    assert seen["addresses"][0]["holder"] == socket.gethostname(), "as the speaker says"


def test_on_a_terminal(speaker):
    """Draws, draws again, and leaves the terminal at a q; also when the speaker is gone."""
    speaker.client.asks(V4)
    speaker.stop(kill=True)
    controller, terminal = pty.openpty()
    with subprocess.Popen([ISAT, "top", "--pin", speaker.pin, "--interval", "100ms"], stdin=terminal, stdout=terminal,
                          stderr=subprocess.PIPE, env={**os.environ, "TERM": "xterm", "LINES": "24", "COLUMNS": "100"}) as top:
        try:
            drawn = b""
            until = time.monotonic() + 5
            while time.monotonic() < until and not (V4.encode() in drawn and b"not running" in drawn):
                if select.select([controller], [], [], 0.1)[0]:
                    drawn += os.read(controller, 65536)
            assert V4.encode() in drawn and b"not running" in drawn, drawn
            assert b"HOLDER" not in drawn, "nobody can be asked"
            os.write(controller, b"q")
            assert top.wait(timeout=5) == 0, top.stderr.read()
        finally:
            top.kill()
            os.close(controller)
            os.close(terminal)


def test_no_terminal_and_no_pins(speaker):
    result = subprocess.run([ISAT, "top", "--pin", speaker.pin], capture_output=True, text=True, check=False,
                            stdin=subprocess.DEVNULL, timeout=10)
    assert (result.returncode, result.stdout) == (1, "") and "this is no terminal; use -o json" in result.stderr
    result = subprocess.run([ISAT, "top", "--pin", "/sys/fs/bpf/isat-nothing-here", "-o", "json"], capture_output=True,
                            text=True, check=False, timeout=10)
    assert result.returncode == 1 and "nothing" in result.stderr
