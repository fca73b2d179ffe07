# SPDX-License-Identifier: Apache-2.0
"""A Debian with systemd as its first process on a host of the Lab, and the package isat at hand in /package."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/e2e"))
from lab import BPFFS, BUILD, Lab, wait_for  # noqa: E402, F401
from tests.requirement import require  # noqa: E402

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "isat"
APT_SOURCES = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*.sources"),
               *Path("/etc/apt/sources.list.d").glob("*.list")]


def package():
    """Builds the package and returns its path."""
    result = subprocess.run([ROOT / "scripts/package"], capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return Path(result.stdout.strip())


def repacked(deb, suffix, program):
    """The same package beside it, of a later version and with another program."""
    def tool(*arguments):
        subprocess.run(["dpkg-deb", *arguments], check=True, capture_output=True, timeout=60)
    with tempfile.TemporaryDirectory() as tree:
        tool("--raw-extract", deb, tree)
        shutil.copy(program, Path(tree) / "usr/sbin/isat")
        control = Path(tree) / "DEBIAN/control"
        control.write_text(re.sub(r"^Version: .*", rf"\g<0>{suffix}", control.read_text(), flags=re.M))
        later = deb.with_stem(deb.stem + suffix)
        tool("--root-owner-group", "-Znone", "--build", tree, later)
    return later


def dependencies(deb):
    """The names of what the package needs."""
    field = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], capture_output=True, text=True, check=True).stdout
    return [re.split(r"[ (|]", item.strip())[0] for item in field.split(",")]


def bootstrapped(*packages):
    """A root directory with Debian 12 and these packages, kept between runs; some seconds to minutes the first time."""
    key = hashlib.sha256(" ".join(sorted(packages)).encode()).hexdigest()[:12]
    root = CACHE / f"debian-{key}"
    if not root.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"{root.name}-", dir=CACHE))
        sources = [path for path in APT_SOURCES if path.exists()]
        made = subprocess.run(["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", "bookworm",
                               scratch, *sources], capture_output=True, text=True, timeout=800)
        if made.returncode != 0:
            shutil.rmtree(scratch)
        require(made.returncode == 0, f"no Debian can be bootstrapped here: {made.stderr[-300:]}")
        scratch.chmod(0o755)
        with contextlib.suppress(OSError):  # somebody else was quicker
            scratch.rename(root)
        shutil.rmtree(scratch, ignore_errors=True)
    return root


def debian(deb):
    """A root directory with systemd and everything the package needs but itself."""
    return bootstrapped("systemd", "systemd-sysv", "dbus", "jq", *dependencies(deb))


class Machine:
    """Use as a context manager. What it writes goes with it; its bpffs is its own and can be looked at: `pins`."""

    def __init__(self, host, deb):
        for tool in ("systemd-nspawn", "mmdebstrap"):
            require(shutil.which(tool), f"{tool} is missing: run scripts/install")
        self.host, self.deb = host, deb
        self.root = debian(deb)
        self.bpffs = host.lab.directory / "bpffs"
        self._nspawn = self._leader = None
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.bpffs.mkdir()
            subprocess.run(["mount", "-t", "bpf", "bpf", self.bpffs], check=True)
            stack.callback(subprocess.run, ["umount", self.bpffs])
            stack.callback(self._end)
            self._boot()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _boot(self):
        command = ["setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "--boot", "--quiet", "--register=no", "--keep-unit",
                   f"--directory={self.root}", "--volatile=overlay", "--console=pipe", "--capability=CAP_BPF,CAP_NET_ADMIN",
                   "--system-call-filter=bpf",
                   f"--network-namespace-path=/run/netns/{self.host.namespace}", f"--bind={self.bpffs}:/sys/fs/bpf",
                   f"--bind-ro={self.deb.parent}:/package"]
        # Unlocked: the root is only read, and others boot from it at the same time.
        self._nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, env=os.environ | {"SYSTEMD_NSPAWN_LOCK": "0"})
        self._leader = wait_for(self._child, 10, "the machine's first process")
        wait_for(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"),
                 30, "the end of the boot")

    def _end(self):
        if self._nspawn is None:
            return
        # Its first process takes all others along, and nspawn goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._leader or self._nspawn.pid, 9)
        self._nspawn.wait(20)

    def _child(self):
        assert self._nspawn.poll() is None, self._nspawn.stderr.read()
        # Its first child only prepares the mounts; the one that stays is in a process namespace of its own.
        for child in Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{child}/ns/pid").st_ino != os.stat("/proc/self/ns/pid").st_ino:
                    return int(child)
        return None

    def run(self, *command, check=True, timeout=60):
        result = subprocess.run(["nsenter", f"--target={self._leader}", "--all", "--", *map(str, command)],
                                capture_output=True, text=True, timeout=timeout)
        assert not check or result.returncode == 0, f"{command}: {result.returncode}\n{result.stdout}{result.stderr}"
        return result

    def write(self, path, text):
        """Replaces the file in one step."""
        self.run("sh", "-c", f"mkdir -p $(dirname {path}) && cat >{path}.next <<'END' && mv {path}.next {path}\n{text}\nEND")

    def service(self, field):
        return self.run("systemctl", "show", "--value", f"--property={field}", "isat.service").stdout.strip()

    def log(self, *options):
        return self.run("journalctl", "--unit=isat", "--output=cat", *options).stdout

    def pins(self):
        """Everything in its bpffs but the kernel's own two files, maps.debug and progs.debug."""
        return sorted(str(path.relative_to(self.bpffs)) for path in self.bpffs.rglob("*") if path.suffix != ".debug")
