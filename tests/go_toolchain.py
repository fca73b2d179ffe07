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
    cache = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True, check=True, timeout=30, cwd="/").stdout
    fetched = Path(cache.strip()).glob("golang.org/toolchain@*/bin/go")
    # A module is unpacked without execute bits; tests/cluster/build sets them once all of it is there.
    return max([Path(go), *(each for each in fetched if os.access(each, os.X_OK))], key=_version)


def build(go, module, program):
    """Compiles the package in the directory `module`; returns what the compiler complained of, or nothing."""
    # The caller's Go settings would reach into a build that its go.sum pins.
    environment = {name: value for name, value in os.environ.items() if name not in ("GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT")}
    environment |= {"CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false"}
    built = subprocess.run([go, "build", "-o", program, "."], cwd=module, env=environment, capture_output=True, text=True,
                           timeout=600)
    return built.stderr.strip() if built.returncode else ""


def _version(go):
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, timeout=30, cwd="/",
                          env={name: value for name, value in os.environ.items() if name != "GOROOT"} | {"GOTOOLCHAIN": "local"})
    return tuple(map(int, re.findall(r"\d+", said.stdout)))
