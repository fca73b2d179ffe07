# SPDX-License-Identifier: Apache-2.0
"""Debian's prometheus and promtool, without the service that the package would start on this machine."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.requirement import require

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "isat"


def programs():
    """The directory with both, kept between runs: the package, fetched and unpacked."""
    directory = CACHE / "prometheus"
    if not directory.exists():
        require(shutil.which("apt-get"), "no Debian to have prometheus from")
        CACHE.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="prometheus-", dir=CACHE))
        try:
            _fetch(scratch)
            (scratch / "root/usr/bin").rename(directory)
        except OSError:  # somebody else was quicker
            assert directory.exists()
        finally:
            shutil.rmtree(scratch)
    return directory


def _fetch(directory):
    fetched = _apt(directory, "download", "prometheus")
    if fetched.returncode != 0:  # it knows no packages yet, or those of a while ago
        _apt(directory, "update")
        fetched = _apt(directory, "download", "prometheus")
    require(fetched.returncode == 0, f"Debian's prometheus is not to be had: {fetched.stderr.strip()[-200:]}")
    subprocess.run(["dpkg-deb", "-x", *directory.glob("*.deb"), directory / "root"], check=True)


def _apt(directory, *command):
    return subprocess.run(["apt-get", "-qq", *command], cwd=directory, capture_output=True, text=True, timeout=300)
