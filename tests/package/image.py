# SPDX-License-Identifier: Apache-2.0
"""The container image: built by buildah, unpacked, and run by an OCI runtime as a pod would run it."""

import json
import os
import subprocess

from machine import BPFFS

CAPABILITIES = ["CAP_BPF", "CAP_NET_ADMIN", "CAP_NET_RAW"]


class Builder:
    """buildah with a store of its own; no registry is asked for anything."""

    def __init__(self, directory):
        storage = directory / "storage.conf"
        storage.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{directory}/graph"\nrunroot = "{directory}/run"\n')
        self.environment = os.environ | {"CONTAINERS_STORAGE_CONF": str(storage), "BUILDAH_ISOLATION": "chroot"}

    def run(self, *command, timeout=300):
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=timeout, env=self.environment)
        assert result.returncode == 0, f"{command}\n{result.stdout[-2000:]}{result.stderr[-3000:]}"
        return result.stdout.strip()

    def bring(self, root):
        """Makes an image of a root directory, and returns its name."""
        container = self.run("buildah", "from", "scratch")
        self.run("buildah", "add", "--quiet", container, root, "/")
        name = "localhost/bootstrapped"
        self.run("buildah", "commit", "--quiet", "--rm", container, name)
        return name


class Image:
    """An OCI archive, unpacked."""

    def __init__(self, archive, directory):
        self._unpack(archive, directory / "oci")
        entry = json.loads((directory / "oci/index.json").read_text())["manifests"][0]
        self.name = entry["annotations"]["org.opencontainers.image.ref.name"]
        self.manifest = self._blob(directory, entry)
        self.config = self._blob(directory, self.manifest["config"])
        self.root = directory / "rootfs"
        for layer in self.manifest["layers"]:
            self._unpack(self._path(directory, layer), self.root)

    @staticmethod
    def _unpack(archive, directory):
        directory.mkdir()
        subprocess.run(["tar", "-x", "-p", "-f", archive, "-C", directory], check=True)

    @staticmethod
    def _path(directory, descriptor):
        return directory / "oci/blobs" / descriptor["digest"].replace(":", "/")

    def _blob(self, directory, descriptor):
        return json.loads(self._path(directory, descriptor).read_text())


class Container:
    """The image's entry point under an OCI runtime, with what a pod gets and no more. All of a process share one bpffs, a
    folder of the machine's: `pins` is what they see at /sys/fs/bpf."""

    def __init__(self, host, image, configuration, name="speaker", arguments=None, capabilities=CAPABILITIES, sysfs=True,
                 environment=(), account=None):
        """arguments: instead of the image's own; sysfs: false for a runtime that gives none; account: the folder that the
        kubelet keeps for the pod's service account."""
        self.bundle = host.lab.directory / name
        (self.bundle / "etc").mkdir(parents=True)
        self.pins = BPFFS / f"isat-{os.getpid()}-image"
        self.pins.mkdir(mode=0o700, exist_ok=True)
        host.lab.pins.add(self.pins)
        (self.bundle / "etc/isat.yaml").write_text(configuration)
        config = image.config["config"]
        process = {"user": {"uid": int(config["User"]), "gid": 0}, "cwd": "/", "env": [*config["Env"], *environment], "noNewPrivileges": True,
                   "args": config["Entrypoint"] + (arguments or config["Cmd"]),
                   "capabilities": {each: capabilities for each in ("bounding", "effective", "permitted")}}
        mounts = [{"destination": "/proc", "type": "proc", "source": "proc"},
                  *([{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}] if sysfs else []),
                  {"destination": "/sys/fs/bpf", "type": "bind", "source": str(self.pins), "options": ["rbind", "rw"]},
                  {"destination": "/etc/isat", "type": "bind", "source": str(self.bundle / "etc"), "options": ["rbind", "ro"]},
                  *([{"destination": "/var/run/secrets/kubernetes.io/serviceaccount", "type": "bind", "source": str(account),
                      "options": ["rbind", "ro"]}] if account else [])]
        spaces = [{"type": "pid"}, {"type": "mount"}, {"type": "network", "path": f"/run/netns/{host.namespace}"}]
        (self.bundle / "config.json").write_text(json.dumps({
            "ociVersion": "1.0.2", "process": process, "root": {"path": str(image.root), "readonly": True}, "mounts": mounts,
            "linux": {"namespaces": spaces}}))
        self.runtime = ["runc", f"--root={self.bundle}/runc"]
        self.name = f"isat-{os.getpid()}-{name}"

    def start(self):
        with (self.bundle / "log").open("wb") as log:
            return subprocess.Popen([*self.runtime, "run", "--bundle", self.bundle, self.name], stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log)

    def run(self, *command):
        """As `kubectl exec` does: with the container's own rights."""
        return subprocess.run([*self.runtime, "exec", self.name, *command], capture_output=True, text=True, timeout=30)

    def log(self):
        return (self.bundle / "log").read_text()

    def kill(self, signal):
        subprocess.run([*self.runtime, "kill", self.name, signal], check=True, timeout=20)
