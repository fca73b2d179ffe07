# SPDX-License-Identifier: Apache-2.0
"""The go command that compiles what tests and benches need from modules."""

import os
import re
import shutil
import subprocess
from pathlib import Path


def go_command():
    """The newest there is: that on PATH, or, where Debian's is too old, the one that tests/cluster/build fetched.

    None where there is none; tests/cluster/build installs it.
    """
    go = shutil.which("go")
    if go is None:
        return None
    fetched = Path(_environment_of(go, "GOMODCACHE")).glob("golang.org/toolchain@*/bin/go")
    # A module is unpacked without execute bits; tests/cluster/build sets them once all of it is there.
    return max([Path(go), *(each for each in fetched if os.access(each, os.X_OK))], key=_version)


def build(go, module, program):
    """Compiles the package in the directory `module`; returns what the compiler complained of, or nothing."""
    environment = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false"}
    built = subprocess.run([go, "build", "-o", program, "."], cwd=module, env=_own_settings() | environment,
                           capture_output=True, text=True, timeout=600)
    return built.stderr.strip() if built.returncode else ""


def _version(go):
    return tuple(map(int, re.findall(r"\d+", _environment_of(go, "GOVERSION"))))


def _environment_of(go, name):
    return subprocess.run([go, "env", name], capture_output=True, text=True, check=True, timeout=30, cwd="/",
                          env=_own_settings()).stdout.strip()


def _own_settings():
    """The caller's Go settings would reach into a build that its go.sum pins."""
    theirs = ("GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT")
    return {name: value for name, value in os.environ.items() if name not in theirs} | {"GOTOOLCHAIN": "local"}
