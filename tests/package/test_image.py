# SPDX-License-Identifier: Apache-2.0
"""The container image: built twice from a bootstrapped Debian, looked into, and run as the DaemonSet would run it.

With ISAT_IMAGE_COMPILE=1 the second build compiles in the recipe's own first stage, as `docker build` does: some minutes.
"""

import json
import os
import re
import shutil
import socket
import subprocess

import pytest
import yaml
from image import Builder, Container, Image
from machine import ROOT, Lab, debian, package, require, wait_for
from uninstall import Uninstall
# From folders that those above put on the path.
import manifests  # noqa: E402
from cluster import Cluster  # noqa: E402
from resources import Resources  # noqa: E402
from two_addresses import CONFIGURATION, V4, V6  # noqa: E402


@pytest.fixture(scope="module", name="built")
def _built(tmp_path_factory):
    """The image, and the digests of two builds."""
    require(os.geteuid() == 0 and shutil.which("buildah"), "the image is built as root with buildah: run scripts/install")
    directory = tmp_path_factory.mktemp("image")
    builder = Builder(directory)
    base = builder.bring(debian(package()))
    try:
        again = ["--compile"] if os.environ.get("ISAT_IMAGE_COMPILE") == "1" else []
        digests = [builder.run(ROOT / "scripts/image", "--from", base, *options, timeout=1800).splitlines()[-1]
                   for options in ([], again)]
    finally:
        builder.run("buildah", "rmi", "--all", "--force")
    yield Image(next((ROOT / "build/image").glob("isat-*.tar")), directory), digests
    shutil.rmtree(directory, ignore_errors=True)


def test_two_builds_have_one_digest(built):
    _, digests = built
    assert re.fullmatch("sha256:[0-9a-f]{64}", digests[0]) and digests[0] == digests[1]


def test_small_and_without_a_shell(built):
    image, _ = built
    assert len(image.manifest["layers"]) == 1 and image.manifest["layers"][0]["size"] < 20_000_000
    programs = [path.name for path in image.root.rglob("*") if path.parent.name in ("bin", "sbin") and path.is_file()]
    assert programs == ["isat"]
    assert image.config["config"]["Entrypoint"] == ["/usr/sbin/isat"]
    assert [str(path) for path in image.root.rglob("*") if path.is_file() and path.stat().st_mode & 0o6000] == []


def test_the_bill_of_materials_lists_what_is_there(built):
    image, _ = built
    document = json.loads((image.root / "usr/share/doc/isat/sbom.spdx.json").read_text())
    assert document == json.loads((ROOT / "build/image/sbom.spdx.json").read_text())
    listed = {each["name"]: each for each in document["packages"]}
    there = {path.name: re.search(r"^Version: (.*)$", path.read_text(), re.M)[1]
             for path in (image.root / "var/lib/dpkg/status.d").iterdir()}
    assert {name: each["versionInfo"] for name, each in listed.items()} == there and "libc6" in there
    identifiers = [each["SPDXID"] for each in document["packages"]]
    assert len(set(identifiers)) == len(identifiers)
    assert {each["relatedSpdxElement"] for each in document["relationships"]} == set(identifiers)
    assert document["spdxVersion"] == "SPDX-2.3" and document["creationInfo"]["created"].endswith("Z")
    for each in document["packages"]:
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each["SPDXID"])
        assert re.fullmatch(r"pkg:deb/debian/[^@ ]+@[^? :+~]+\?arch=\w+&distro=bookworm",
                            each["externalRefs"][0]["referenceLocator"].replace("~", "")), each["externalRefs"]


def shipped(path):
    """The one container of a manifest in deploy/."""
    containers = yaml.safe_load((ROOT / "deploy" / path).read_text())["spec"]["template"]["spec"]["containers"]
    assert len(containers) == 1
    return containers[0]


class Pod:
    """What the kubelet makes of a manifest's container: `values` are those of the pod's own fields."""

    def __init__(self, wanted, **values):
        self.wanted = wanted
        self.environment = [f"{each['name']}={values[each['name']]}" for each in wanted["env"]]
        self.arguments = [re.sub(r"\$\((\w+)\)", lambda name: values[name[1]], each) for each in wanted["args"]]
        self.capabilities = ["CAP_" + name for name in wanted["securityContext"]["capabilities"]["add"]]


def test_it_is_the_image_that_the_manifests_name(built):
    image, _ = built
    assert [shipped(path)["image"] for path in ("speaker/daemon_set.yaml", "uninstall/job.yaml")] == [image.name] * 2
    version = re.search(r"project\(isat VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert image.name == f"localhost/isat:{version}"
    example = yaml.safe_load((ROOT / "deploy/overlays/example/kustomization.yaml").read_text())["images"]
    assert [f"{each['name']}:{each['newTag']}" for each in example] == [image.name]


def test_it_answers_until_it_is_uninstalled(built, tmp_path):
    """As the DaemonSet says; then scripts/uninstall by kubectl against a real API server, and its Job as that says."""
    image, _ = built
    wanted = shipped("speaker/daemon_set.yaml")
    arguments = [each.replace("$(NODE_NAME)", "node") for each in wanted["args"]]
    capabilities = ["CAP_" + name for name in wanted["securityContext"]["capabilities"]["add"]]
    require(shutil.which("runc"), "runc is missing: run scripts/install")
    with Lab() as lab:
        node, client = lab.pair()
        speaker = Container(node, image, CONFIGURATION, arguments=arguments, capabilities=capabilities)
        process = speaker.start()
        try:
            wait_for(lambda: client.asks(V4) == [node.mac()] or process.poll() is not None, 10, "an answer")
            assert process.poll() is None, speaker.log()
            assert client.asks(V6) == [node.mac()]
            assert " warn" not in speaker.log() and " error" not in speaker.log()
            speaker.kill("TERM")
            assert process.wait(10) == 0
        finally:
            if process.poll() is None:
                speaker.kill("KILL")
                process.wait(10)
        assert client.asks(V4) == [node.mac()], "stopped, the kernel answers"
        with Uninstall(tmp_path) as uninstall:
            uninstall.run(lambda name, arguments, capabilities: Container(
                node, image, CONFIGURATION, name, arguments, capabilities))
        assert client.asks(V4) == [] and not list(speaker.pins.iterdir())


def test_it_runs_as_the_daemon_set_configures_it(built, tmp_path):
    """With the ConfigMap that deploy/ makes, the DaemonSet's arguments, environment and rights, and the pod's own
    service account at a real API server; then asked why, as an operator would: by `kubectl exec`."""
    image, _ = built
    with Cluster(tmp_path / "api") as cluster:
        name, resources = socket.gethostname(), Resources(cluster.api)
        manifests.apply(cluster.api, "deploy/base")
        resources.pool()
        resources.advertisement()
        cluster.service("web", V4, V6, families=["IPv4", "IPv6"])
        account = tmp_path / "account"
        account.mkdir()
        (account / "token").write_text(cluster.api.issue_token())
        shutil.copy(cluster.api.directory / "certificates/ca.crt", account)
        pod = Pod(shipped("speaker/daemon_set.yaml"), NODE_NAME=name, POD_NAME="speaker-x7k2p",
                  POD_UID="5a0c3f7e-27a4-4d25-9d4b-0f8f2a5c1b11")
        speaker = Container(cluster.node, image, (ROOT / "deploy/speaker/isat.yaml").read_text(), account=account,
                            arguments=pod.arguments, capabilities=pod.capabilities, environment=[
                                *pod.environment, f"KUBERNETES_SERVICE_HOST={cluster.api.address}",
                                f"KUBERNETES_SERVICE_PORT={cluster.api.port}"])
        process = speaker.start()
        try:
            for address in (V4, V6):
                wait_for(lambda: cluster.client.asks(address) == [cluster.mac] or process.poll() is not None, 15, "an answer")
                assert process.poll() is None, speaker.log()
            assert list(resources.leases()) == [name]
            assert wait_for(resources.statuses, 5, "a ServiceL2Status")[0]["node"] == name
            port = pod.wanted["readinessProbe"]["httpGet"]["port"]
            assert cluster.node.run("curl", "-sf", f"http://127.0.0.1:{port}/readyz").returncode == 0
            assert " warn" not in speaker.log() and " error" not in speaker.log()
            told = speaker.run("/usr/sbin/isat", "explain", V4)
            assert told.returncode == 0, told.stdout + told.stderr
            assert re.search(r"^ *yes +answered", told.stdout, re.M), told.stdout
        finally:
            speaker.kill("KILL")
            process.wait(10)


def test_a_container_without_sysfs_says_what_is_missing(built):
    image, _ = built
    with Lab() as lab:
        speaker = Container(lab.host("node"), image, CONFIGURATION, sysfs=False)
        assert speaker.start().wait(10) == 1
        assert speaker.log() == "read /sys/devices/system/cpu/possible: No such file or directory; mount sysfs on /sys\n"
