# SPDX-License-Identifier: Apache-2.0
"""The completion, asked by bash as the key does it."""

import os
import subprocess
from pathlib import Path

import pytest

ISAT = Path(os.environ.get("ISAT_BUILD", Path(__file__).resolve().parents[2] / "build")) / "isat"


@pytest.fixture(scope="module", name="script")
def _script(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion") / "isat"
    path.write_text(subprocess.run([ISAT, "document", "bash-completion"], capture_output=True, text=True, check=True).stdout)
    return path


def completed(script, *words):
    """What is offered for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    body = f'set -u; . {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _isat; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return subprocess.run(["bash", "--norc", "-c", body], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("words, offered", [
    (["isat", "che"], ["check"]),
    (["isat", "de"], ["detach"]),
    (["isat", "--v"], ["--version"]),
    (["isat", "check", "--c"], ["--config"]),
    (["isat", "check", "--config", "/et"], []),
    (["isat", "status", "-o", ""], ["text", "json"]),
    (["isat", "status", "--output", "j"], ["json"]),
    (["isat", "status", "--output", "="], ["text", "json"]),
    (["isat", "status", "--output", "=", "t"], ["text"]),
    (["isat", "replay", "--config", "f", "--m"], ["--mac"]),
    (["isat", "dance", ""], []),
])
def test_offers(script, words, offered):
    assert completed(script, *words) == offered


def test_every_command_offers_its_own_options(script):
    for command in completed(script, "isat", ""):
        if command.startswith("-"):
            continue
        shown = subprocess.run([ISAT, command, "--help"], capture_output=True, text=True, check=True).stdout
        offered = completed(script, "isat", command, "--")
        assert offered, command
        assert [option for option in offered if option not in shown] == []


def test_files_are_completed_where_nothing_else_is_offered(script):
    registered = subprocess.run(["bash", "--norc", "-c", f". {script}; complete -p isat"], capture_output=True, text=True,
                                check=True).stdout
    assert registered == "complete -o default -F _isat isat\n"


def test_the_script_is_sound(script):
    checked = subprocess.run(["shellcheck", "--shell=bash", script], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
