# SPDX-License-Identifier: Apache-2.0
"""What figures came from: the processor, the kernel, the revision."""

import os
import platform
import subprocess
from pathlib import Path


def revision():
    """Of the sources: what is written into docs/ meanwhile changes nothing that is measured."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], capture_output=True, text=True,
                              cwd=Path(__file__).resolve().parents[2]).stdout.strip()

    changed = git("status", "--porcelain", "--", ".", ":!docs")
    return (git("describe", "--always") or "unknown") + ("-dirty" if changed else "")


def machine():
    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.partition(": ")[2].strip() for line in cpuinfo if line.startswith("model name")), platform.machine())
    kernel = platform.release().partition("-")[0]
    return f"{model}, {os.cpu_count()} cores; Linux {kernel}; revision {revision()}"
