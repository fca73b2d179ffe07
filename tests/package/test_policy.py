# SPDX-License-Identifier: Apache-2.0
"""The package as those judge it who never run it: Debian's linter, systemd's, mandoc, and a second build."""

import hashlib
import subprocess

import pytest
from machine import ROOT, dependencies, package

# No site has a mail host yet that could be named, no tracker a bug to close; it is for systemd alone; and where the compiler
# puts a long text together from pieces, two of them look like a word with three d.
ACCEPTED = ["bogus-mail-host", "initial-upload-closes-no-bugs", "package-supports-alternative-init-but-no-init.d-script",
            "spelling-error-in-binary"]
EXPOSURE = 25  # tenths, as `systemd-analyze security` counts: network and its three capabilities are what is left


@pytest.fixture(scope="module", name="deb")
def _deb():
    return package()


@pytest.fixture(scope="module", name="unpacked")
def _unpacked(deb, tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["dpkg-deb", "--extract", deb, root], check=True)
    return root


def output(*command):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    return result.returncode, result.stdout + result.stderr


def test_lintian_finds_nothing(deb):
    assert output("lintian", "--allow-root", "--fail-on=error,warning,info", "--display-info",
                  f"--suppress-tags={','.join(ACCEPTED)}", deb) == (0, "")


def test_dependencies_are_computed(deb):
    needed = dependencies(deb)
    assert {"libc6", "libbpf1", "libcurl4", "libsystemd0"} <= set(needed)
    assert not [name for name in needed if name.endswith("-dev") or name.startswith("python")]


def test_the_service_is_exposed_no_more_than_it_must_be(unpacked):
    unit = unpacked / "lib/systemd/system/isat.service"
    assert output("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", unit)[0] == 0


def test_manual_page(unpacked):
    page = unpacked / "usr/share/man/man8/isat.8.gz"
    _, complaints = output("mandoc", "-T", "lint", "-W", "style", page)
    # No date: it would be that of the build, and two builds would differ. Long lines are paragraphs.
    left = [line for line in complaints.splitlines()
            if "missing date" not in line and "longer than 80 bytes" not in line]
    assert left == []
    text = output("mandoc", "-T", "ascii", "-O", "width=200", page)[1]
    help_text = output(unpacked / "usr/sbin/isat", "--help")[1]
    commands = [line.split()[0] for line in help_text.partition("Subcommands:\n")[2].partition("\n\n")[0].splitlines()
                if line.strip()]
    assert "run" in commands and "detach" in commands
    for command in commands:
        assert f"isat {command}" in text, command


def test_nothing_names_where_it_was_built(unpacked):
    for path in unpacked.rglob("*"):
        assert not path.is_file() or str(ROOT).encode() not in path.read_bytes(), path


def test_a_second_build_is_the_same(deb):
    first = hashlib.sha256(deb.read_bytes()).hexdigest()
    assert hashlib.sha256(package().read_bytes()).hexdigest() == first
