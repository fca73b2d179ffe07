# SPDX-License-Identifier: Apache-2.0
"""What deploy/ holds, given to a test's API server as a user would."""

import contextlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/cluster"), str(ROOT / "tests/e2e")]
from api_client import ApiError  # noqa: E402
from lab import wait_for  # noqa: E402
from resources import ADVERTISEMENTS, POOLS, STATUSES  # noqa: E402


def _kubectl(api, *arguments):
    command = [api.binaries / "kubectl", f"--kubeconfig={api.kubeconfig()}", *arguments]
    if api.netns is not None:
        command = ["nsenter", f"--net=/run/netns/{api.netns}", "--", *command]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert result.returncode == 0, f"{arguments}: {result.stdout}{result.stderr}"
    return result.stdout


def apply(api, directory):
    """`kubectl apply -k`. Nothing runs the DaemonSet's pods here; everything else is as on a cluster."""
    said = _kubectl(api, "apply", "--server-side", "-k", ROOT / directory)
    definitions = [line.split()[0] for line in said.splitlines() if line.startswith("customresourcedefinition")]
    if definitions:
        _kubectl(api, "wait", "--for=condition=Established", "--timeout=20s", *definitions)
        wait_for(lambda: all(_served(api, each) for each in (POOLS, ADVERTISEMENTS, STATUSES)), 20, "custom resources")
    return said


def _served(api, collection):
    """An established definition is still refused (404, or 429 while its storage begins) for a moment."""
    with contextlib.suppress(ApiError):
        return api.request("GET", collection) is not None
    return False


def replace_definitions(api, directory):
    """CustomResourceDefinitions of another make, from a folder of files."""
    _kubectl(api, "apply", "--server-side", "--force-conflicts", "-f", directory)
    wait_for(lambda: all(_served(api, each) for each in (POOLS, ADVERTISEMENTS, STATUSES)), 20, "custom resources")


def dry_run(api, directory):
    return _kubectl(api, "apply", "--dry-run=server", "-k", ROOT / directory)


def rendered(api, directory):
    """The YAML that `kubectl kustomize` makes of it."""
    return _kubectl(api, "kustomize", ROOT / directory)
