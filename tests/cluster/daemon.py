# SPDX-License-Identifier: Apache-2.0
"""One server process with a log and a pid file, which another run of the program can stop too."""

import contextlib
import os
import select
import signal
import subprocess
from pathlib import Path


class Daemon:
    """directory must be named in the command: that is how a pid file's process is told from a stranger with its pid."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = Path(directory)
        self.log = self.directory / f"{name}.log"
        self._pid_file = self.directory / f"{name}.pid"
        self._child = None

    def start(self, command, network_namespace=None, outlive_caller=False):
        """Unless outlive_caller, the process dies with the thread that calls this, however that one ends."""
        if network_namespace is not None:
            # nsenter, not `ip netns exec`: that one changes the mounts as well.
            command = ["nsenter", f"--net=/run/netns/{network_namespace}", "--", *command]
        if not outlive_caller:
            command = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           cwd=self.directory, start_new_session=True)
        self._pid_file.write_text(f"{self._child.pid}\n")

    def pid(self):
        """None when it does not run."""
        if self._child is not None:
            return self._child.pid if self._child.poll() is None else None
        try:
            pid = int(self._pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.directory) in command else None

    def stop(self, grace=15, kill=False):
        """SIGTERM, and SIGKILL after grace seconds (kill: at once). Nothing there is success."""
        pid = self.pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                self._end(os.pidfd_open(pid), 0 if kill else grace)
        if self._child is not None:
            self._child.wait()
            self._child = None
        self._pid_file.unlink(missing_ok=True)

    def tail(self, lines=15):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    @staticmethod
    def _end(descriptor, grace):
        # A pidfd, because it can be waited for without being the parent and never means another process.
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        try:
            if grace > 0:
                signal.pidfd_send_signal(descriptor, signal.SIGTERM)
                if ended.poll(grace * 1000):
                    return
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            ended.poll(5000)
        finally:
            os.close(descriptor)
