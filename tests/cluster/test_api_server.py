# SPDX-License-Identifier: Apache-2.0
"""The API server that other tests stand on does what they take for granted."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import api_server  # noqa: E402
from api_client import ApiError  # noqa: E402
from requirement import require  # noqa: E402

SERVICES = "/api/v1/services"


@pytest.fixture(scope="module")
def binaries():
    require(shutil.which("openssl"), "openssl is missing: apt-get install openssl")
    try:
        return api_server.binaries()
    except RuntimeError as error:
        require(False, str(error))


@pytest.fixture(scope="module")
def server(binaries, tmp_path_factory):
    with api_server.ApiServer(tmp_path_factory.mktemp("server"), binaries) as running:
        yield running


def version(server):
    return server.request("GET", SERVICES)["metadata"]["resourceVersion"]


def answered(server, config):
    """The text of kubectl's answer with this kubeconfig: of success or of failure."""
    command = [server.binaries / "kubectl", f"--kubeconfig={config}", "get", "services", "--all-namespaces"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def test_watch_sees_service_and_ingress(server):
    begin = version(server)
    server.create_service("web", load_balancer_class="example.com/lb", families=["IPv6", "IPv4"])
    server.patch_ingress("web", ["192.0.2.10", "2001:db8::10"])
    server.delete_service("web")
    events = list(server.watch(SERVICES, begin, timeout=2))
    assert {event["object"]["metadata"]["name"] for event in events} == {"web"}
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    assert events[0]["object"]["spec"]["loadBalancerClass"] == "example.com/lb"
    assert events[0]["object"]["spec"]["ipFamilies"] == ["IPv6", "IPv4"]
    ingress = events[1]["object"]["status"]["loadBalancer"]["ingress"]
    assert [each["ip"] for each in ingress] == ["192.0.2.10", "2001:db8::10"]


def test_many_services(server):
    begin = time.monotonic()
    server.create_services({f"many-{number}": [f"192.0.2.{number}"] for number in range(1, 101)})
    print(f"100 services in {time.monotonic() - begin:.1f} s")
    found = server.request("GET", SERVICES)["items"]
    assert len([each for each in found if each["status"]["loadBalancer"].get("ingress")]) == 100
    assert "many-100" in server.kubectl("get", "services")


@pytest.mark.parametrize("ca", ["file", "data"])
@pytest.mark.parametrize("kind", ["token", "token-file", "certificate", "certificate-data"])
def test_kubeconfig_opens_the_api(server, kind, ca):
    assert "kubernetes " in answered(server, server.kubeconfig(kind, ca=ca))
    assert f'"{api_server.USERS["speaker"][0]}" cannot list' in answered(server, server.kubeconfig(kind, "speaker", ca))


def test_kubeconfig_that_must_not(server):
    assert "unknown authority" in answered(server, server.kubeconfig(ca="wrong"))
    assert "Unauthorized" in answered(server, server.kubeconfig(token="no such token"))


def test_revoked_token_leaves_the_other_valid(server):
    old, new = server.issue_token(), server.issue_token()

    def status(token):
        try:
            server.request("GET", "/api", token=token)
            return 200
        except ApiError as error:
            return error.status

    assert (status(old), status(new)) == (200, 200)
    server.revoke_token(old)
    deadline = time.monotonic() + 20
    while status(old) == 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert (status(old), status(new)) == (401, 200)


def test_restart_keeps_data_and_port(server):
    server.create_service("kept")
    port, pids = server.port, server.pids()
    server.restart()
    assert server.port == port and set(pids).isdisjoint(server.pids())
    assert server.request("GET", "/api/v1/namespaces/default/services/kept")["spec"]["type"] == "LoadBalancer"


def test_watch_cache_forgets_when_restarted_after_compaction(server):
    begin = version(server)
    server.stop_api(kill=True)
    with pytest.raises(OSError):
        version(server)
    server.compact()
    server.start_api()
    with pytest.raises(ApiError) as caught:
        list(server.watch(SERVICES, begin, timeout=2))
    assert caught.value.status == 410


def test_compaction_without_watch_cache(binaries, tmp_path):
    with api_server.ApiServer(tmp_path, binaries, watch_cache=False) as server:
        begin = version(server)
        assert list(server.watch(SERVICES, begin, timeout=1)) == []
        server.compact()
        with pytest.raises(ApiError) as caught:
            list(server.watch(SERVICES, begin, timeout=2))
        assert caught.value.status == 410
        assert list(server.watch(SERVICES, version(server), timeout=1)) == []


def test_no_process_is_left(binaries, tmp_path):
    with pytest.raises(ZeroDivisionError):
        with api_server.ApiServer(tmp_path, binaries) as server:
            pids = server.pids()
            assert len(pids) == 2
            raise ZeroDivisionError
    assert server.pids() == [] and not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_failed_start_shows_the_log_and_leaves_nothing(binaries, tmp_path):
    server = api_server.ApiServer(tmp_path, binaries)
    (tmp_path / "certificates" / "server.crt").write_text("no certificate")
    with pytest.raises(RuntimeError, match="(?s)start kube-apiserver: exited; the end of .*open .*server.key"):
        server.start()
    assert server.pids() == []


def test_in_network_namespace(binaries, tmp_path):
    require(os.geteuid() == 0, "network namespaces need root")
    name = f"isat-api-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        with api_server.ApiServer(tmp_path, binaries, netns=name) as server:
            server.create_service("inside")
            server.compact()
            listening = subprocess.run(["ss", "-Hltn"], check=True, stdout=subprocess.PIPE, text=True).stdout
            assert f":{server.port} " not in listening
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def test_command_line(binaries, tmp_path):
    def run(*arguments):
        command = [Path(api_server.__file__), *arguments, "--directory", tmp_path]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    try:
        config = Path(run("start").splitlines()[-1])
        run("service", "apply", "web", "--ingress", "192.0.2.10")
        run("service", "ingress", "web", "192.0.2.11", "2001:db8::11")
        server = api_server.ApiServer(tmp_path, binaries)
        assert "192.0.2.11,2001:db8::11" in answered(server, config)
        run("service", "delete", "web")
        assert "web" not in answered(server, config)
        assert len(server.pids()) == 2
    finally:
        run("stop")
    assert server.pids() == []
    run("stop")
