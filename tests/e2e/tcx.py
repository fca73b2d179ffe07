# SPDX-License-Identifier: Apache-2.0
"""A program at tcx before all that are there, which no command line tool of ours can do."""

import ctypes
import os
import platform
import struct

_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]  # the system call
_ATTACH, _FROM_IDENTITY = 8, 13
_INGRESS, _BEFORE = 46, 1 << 3


def _bpf(command, attribute):
    buffer = ctypes.create_string_buffer(attribute, len(attribute))
    result = ctypes.CDLL(None, use_errno=True).syscall(_BPF, command, buffer, len(attribute))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf command {command}: {os.strerror(ctypes.get_errno())}")
    return result


def attach_first(host, program, interface="eth0"):
    """program: its identity. It stays until the interface goes."""
    index = host.index(interface)
    descriptor = _bpf(_FROM_IDENTITY, struct.pack("=III", program, 0, 0))
    try:
        with host.inside():
            _bpf(_ATTACH, struct.pack("=IIIIIIQ", index, descriptor, _INGRESS, _BEFORE, 0, 0, 0))
    finally:
        os.close(descriptor)
