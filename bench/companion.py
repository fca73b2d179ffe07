# SPDX-License-Identifier: Apache-2.0
"""A program of the bench's own on a host: it says when it is ready, and ends with its input."""

import contextlib
import subprocess


@contextlib.contextmanager
def companion(host, *command):
    directory = host.lab.directory / host.name
    directory.mkdir(exist_ok=True)
    process = subprocess.Popen(["nsenter", f"--net=/run/netns/{host.namespace}", "--", *map(str, command)],
                               cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{' '.join(map(str, command))}: it did not get ready")
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
