# SPDX-License-Identifier: Apache-2.0
"""What the kernel says that a running process has used."""

import contextlib
import os
import re
from pathlib import Path


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mebibytes(pid):
    """Of resident memory, apart from the BPF maps that it has mapped."""
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])
    mapped = re.findall(r"bpf-map$.*?^Rss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps").read_text(), re.DOTALL | re.MULTILINE)
    return (peak - sum(map(int, mapped))) / 1024


def map_mebibytes(pid):
    """Of kernel memory that the BPF maps it holds open take, each map once."""
    maps = {}
    for entry in Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if found := re.search(r"^memlock:\s+(\d+)\nmap_id:\s+(\d+)$", entry.read_text(), re.MULTILINE):
                maps[found[2]] = int(found[1])
    return sum(maps.values()) / 2**20
