#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real kube-apiserver with its etcd, for tests and for the demo.

As a program:
  api_server.py start --directory D [--address A] [--netns N] [--no-watch-cache]   prints the kubeconfig's path
  api_server.py stop --directory D
  api_server.py service apply --directory D NAME [--ingress A,A] [--families IPv4,IPv6] [--class C] [--namespace N]
  api_server.py service ingress --directory D NAME ADDRESS... [--namespace N]
  api_server.py service delete --directory D NAME [--namespace N]

There is no controller manager: nothing makes EndpointSlices, collects garbage or finishes deleting a namespace.
"""

import argparse
import base64
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import kubeconfig  # noqa: E402
import network_namespace  # noqa: E402
from api_client import ApiClient, ApiError  # noqa: E402
from certificates import Authority, signing_key  # noqa: E402
from daemon import Daemon  # noqa: E402

NAMESPACE = "isat-system"
_SERVICE_ACCOUNT_GROUPS = ("system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}")
USERS = {  # name: (the API's user name, groups); all but the administrator can do what RBAC objects let them
    "admin": ("admin", ("system:masters",)),
    "speaker": (f"system:serviceaccount:{NAMESPACE}:speaker", _SERVICE_ACCOUNT_GROUPS),
    "controller": (f"system:serviceaccount:{NAMESPACE}:controller", _SERVICE_ACCOUNT_GROUPS),
    "nobody": ("nobody", ()),
}


def binaries():
    """The directory of the programs; builds them when they are missing, which takes minutes. Raises RuntimeError."""
    result = subprocess.run([Path(__file__).resolve().parent / "build"], stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise RuntimeError("tests/cluster/build failed")
    return Path(result.stdout.splitlines()[-1])


class ApiServer(ApiClient):
    """Is a client too, with the administrator's rights. A context manager: start() on entry, and killed on exit."""

    def __init__(self, directory, binaries, *, watch_cache=True, address="127.0.0.1", netns=None, outlive_caller=False):
        """directory: holds all that is made; one that was used before continues with its ports, data and certificates.

        address: what the API listens on; etcd is always on 127.0.0.1. netns: a namespace (`ip netns`) to run in, whose
        lo must be up. outlive_caller: else both servers die with the thread that started them.
        """
        self.directory, self.binaries = Path(directory).resolve(), Path(binaries)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.watch_cache = watch_cache
        self._outlive_caller = outlive_caller
        self._etcd, self._api = Daemon("etcd", self.directory), Daemon("kube-apiserver", self.directory)
        self._authority = Authority(self.directory / "certificates")
        ports = self._ports(address, netns)
        self._etcd_port, self._peer_port = ports["etcd"], ports["peer"]
        self.tokens = {name: f"isat-test-{name}-token" for name in USERS}
        super().__init__(address, ports["api"], self._authority.certificate, self.tokens["admin"], netns)
        self.url = f"https://{f'[{address}]' if ':' in address else address}:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        # A polite stop waits for watches to end, for a frozen speaker's until it is killed all the same.
        self._api.stop(kill=True)
        self._etcd.stop(kill=True)

    def start(self):
        """Returns when the API is ready. On failure nothing is left running."""
        try:
            if self._etcd.pid() is None:
                self._etcd.start(self._etcd_command(), self.netns, self._outlive_caller)
            self._wait(self._etcd, self._etcd_healthy, 20)
            self.start_api()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self._api.stop()
        self._etcd.stop()

    def restart(self):
        """Both servers; ports, data and certificates stay."""
        self.stop()
        self.start()

    def start_api(self):
        if self._api.pid() is None:
            self._api.start(self._api_command(), self.netns, self._outlive_caller)
        self._wait(self._api, self._api_ready, 60)

    def stop_api(self, kill=False):
        """etcd goes on. kill: cut the connections off in the middle of what they do, and be quick."""
        self._api.stop(kill=kill)

    def pids(self):
        return [daemon.pid() for daemon in (self._etcd, self._api) if daemon.pid() is not None]

    def kubeconfig(self, kind="token", user="admin", ca="file", token=None):
        """Writes a kubeconfig file and returns its path, which is the same for the same arguments.

        kind: token | token-file | certificate (files) | certificate-data (inline) | none.
        ca: file | data (inline) | wrong (an authority that did not sign the server's certificate).
        token: for the first two kinds, another than the user's own.
        """
        authority = Authority(self.directory / "certificates", "wrong-ca") if ca == "wrong" else self._authority
        if kind == "token":
            fields = {"token": token or self.tokens[user]}
        elif kind == "token-file":
            fields = {"tokenFile": self.write_token_file(token or self.tokens[user], user)}
        elif kind in ("certificate", "certificate-data"):
            fields = kubeconfig.certificate_user(*self._user_certificate(user), kind == "certificate-data")
        elif kind == "none":
            fields = {"username": user}
        else:
            raise ValueError(f"kubeconfig: no kind {kind}")
        path = self.directory / f"kubeconfig-{user}-{kind}-{ca}"
        path.write_text(kubeconfig.text(kubeconfig.cluster(self.url, authority.certificate, ca == "data"), fields))
        path.chmod(0o600)
        return path

    def server_certificate(self):
        """(certificate, key) of the API server, for something that stands in front of it."""
        return self._authority.issue("server", "/CN=kube-apiserver", sorted({
            "IP:127.0.0.1", f"IP:{self.address}", "IP:10.96.0.1", "DNS:localhost", "DNS:kubernetes.default.svc"}))

    def write_token_file(self, token, user="speaker"):
        """Replaces, in one step as the kubelet does, the token file that kubeconfig("token-file", user) names."""
        path = self.directory / f"token-{user}"
        fresh = path.with_suffix(".new")
        fresh.write_text(token)
        return fresh.replace(path)

    def issue_token(self, service_account="speaker", namespace=NAMESPACE, seconds=600):
        """A real token by the TokenRequest API, with namespace and account made if need be. 600 s is the API's least.

        Each is bound to a Secret of its own, so that revoke_token() ends one and leaves the account's others valid.
        """
        self.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        self.create(accounts, {"metadata": {"name": service_account}})
        secrets = f"/api/v1/namespaces/{namespace}/secrets"
        secret = self.request("POST", secrets, {"metadata": {"generateName": "token-"}})["metadata"]
        bound = {"apiVersion": "v1", "kind": "Secret", "name": secret["name"], "uid": secret["uid"]}
        answer = self.request("POST", f"{accounts}/{service_account}/token",
                              {"spec": {"expirationSeconds": seconds, "boundObjectRef": bound}})
        return answer["status"]["token"]

    def revoke_token(self, token):
        """The server remembers a token that it accepted for up to 10 s; after that it answers 401."""
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["kubernetes.io"]
        self.delete(f"/api/v1/namespaces/{claims['namespace']}/secrets/{claims['secret']['name']}")

    def compact(self):
        """Makes etcd forget every resourceVersion handed out so far; returns the one it now begins at.

        A watch from an older one gets 410 Gone at once with watch_cache=False. The watch cache remembers on its own
        until the API server restarts: stop_api(), compact(), start_api() has the same effect there.
        """
        key = {"key": base64.b64encode(b"isat/compaction").decode(), "value": ""}
        for _ in range(3):  # the newest version in anyone's hands must be older than the compacted one
            revision = self._etcd_call("/v3/kv/put", key)["header"]["revision"]
        self._etcd_call("/v3/kv/compaction", {"revision": revision, "physical": True})
        return int(revision)

    def write_behind(self, objects):
        """Puts objects into etcd, behind the API server's back but for it to read. objects: {etcd's key: object}."""
        requests = [{"requestPut": {"key": base64.b64encode(key.encode()).decode(),
                                    "value": base64.b64encode(json.dumps(value).encode()).decode()}}
                    for key, value in objects.items()]
        for begin in range(0, len(requests), 100):  # etcd takes 128 in one transaction
            self._etcd_call("/v3/kv/txn", {"success": requests[begin:begin + 100]})

    def kubectl(self, *arguments, stdin=None):
        """Standard output; raises CalledProcessError. Not in a network namespace: there it has no way in."""
        return subprocess.run([self.binaries / "kubectl", f"--kubeconfig={self.kubeconfig()}", *arguments], input=stdin,
                              check=True, stdout=subprocess.PIPE, text=True).stdout

    def _ports(self, address, netns):
        path = self.directory / "ports.json"
        if not path.exists():
            ports = network_namespace.free_ports(3, address, netns)
            path.write_text(json.dumps(dict(zip(("etcd", "peer", "api"), ports))))
        return json.loads(path.read_text())

    def _user_certificate(self, user):
        name, groups = USERS[user]
        return self._authority.issue(f"user-{user}", "".join(f"/O={group}" for group in groups) + f"/CN={name}")

    def _wait(self, daemon, ready, seconds):
        deadline = time.monotonic() + seconds
        reason = "not ready"
        while time.monotonic() < deadline and daemon.pid() is not None:
            try:
                if ready():
                    return
            except (OSError, ApiError) as error:
                reason = error
            time.sleep(0.1)
        state = f"not ready after {seconds} s ({reason})" if daemon.pid() is not None else "exited"
        raise RuntimeError(f"start {daemon.name}: {state}; the end of {daemon.log}:\n{daemon.tail()}")

    def _etcd_healthy(self):
        return self._etcd_call("/v3/maintenance/status", {}).get("leader", "0") != "0"

    def _api_ready(self):
        # The server calls itself ready before it has made this Service: a test's first watch would meet it by surprise.
        self.request("GET", "/api/v1/namespaces/default/services/kubernetes")
        return self.request("GET", "/readyz") == "ok"

    def _etcd_call(self, path, body):
        request = urllib.request.Request(f"http://127.0.0.1:{self._etcd_port}{path}", json.dumps(body).encode())
        with network_namespace.entered(self.netns):
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)

    def _etcd_command(self):
        client, peer = f"http://127.0.0.1:{self._etcd_port}", f"http://127.0.0.1:{self._peer_port}"
        return [self.binaries / "etcd", f"--data-dir={self.directory / 'etcd'}", "--name=isat", "--log-level=warn",
                f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=isat={peer}",
                "--unsafe-no-fsync"]  # the data need not outlive the machine

    def _api_command(self):
        certificate, key = self.server_certificate()
        private, public = signing_key(self.directory / "certificates" / "service-account.key")
        tokens = self.directory / "tokens.csv"
        tokens.write_text("".join(f'{self.tokens[name]},{user},{name},"{",".join(groups)}"\n'
                                  for name, (user, groups) in USERS.items()))
        return [self.binaries / "kube-apiserver", f"--etcd-servers=http://127.0.0.1:{self._etcd_port}",
                f"--bind-address={self.address}", f"--advertise-address={self.address}", f"--secure-port={self.port}",
                "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112",
                f"--client-ca-file={self._authority.certificate}", f"--tls-cert-file={certificate}",
                f"--tls-private-key-file={key}", f"--token-auth-file={tokens}", "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={public}",
                f"--service-account-signing-key-file={private}", f"--cert-dir={self.directory / 'certificates'}",
                "--allow-privileged=true", "--disable-admission-plugins=ServiceAccount",
                f"--watch-cache={str(self.watch_cache).lower()}"]


def _parser():
    parser = argparse.ArgumentParser(description="a real kube-apiserver with its etcd")
    commands = parser.add_subparsers(dest="command", required=True)
    start, stop = commands.add_parser("start"), commands.add_parser("stop")
    start.add_argument("--address", default="127.0.0.1")
    start.add_argument("--netns")
    start.add_argument("--no-watch-cache", action="store_true")
    verbs = commands.add_parser("service").add_subparsers(dest="verb", required=True)
    apply, ingress, delete = (verbs.add_parser(name) for name in ("apply", "ingress", "delete"))
    apply.add_argument("--ingress", type=lambda text: text.split(","), default=[], metavar="ADDRESS,...")
    apply.add_argument("--families", type=lambda text: text.split(","), metavar="IPv4,IPv6")
    apply.add_argument("--class", dest="load_balancer_class")
    for each in (apply, ingress, delete):
        each.add_argument("name")
        each.add_argument("--namespace", default="default")
    ingress.add_argument("ingress", nargs="+", metavar="ADDRESS")
    for each in (start, stop, apply, ingress, delete):
        each.add_argument("--directory", type=Path, required=True)
    return parser


def _open(directory):
    """The server that `start` left in directory."""
    state = directory / "options.json"
    if not state.exists():
        raise RuntimeError(f"open {directory}: no server was started there: run `api_server.py start --directory` first")
    return ApiServer(directory, **json.loads(state.read_text()), outlive_caller=True)


def _start(arguments):
    options = {"binaries": str(binaries()), "address": arguments.address, "netns": arguments.netns,
               "watch_cache": not arguments.no_watch_cache}
    arguments.directory.mkdir(parents=True, exist_ok=True)
    (arguments.directory / "options.json").write_text(json.dumps(options))
    server = _open(arguments.directory)
    server.start()
    print(server.kubeconfig())


def _service(server, arguments):
    if arguments.verb == "apply":
        server.create_service(arguments.name, arguments.namespace, families=arguments.families,
                              load_balancer_class=arguments.load_balancer_class)
        server.create_endpoints(arguments.name, arguments.namespace)
    if arguments.verb == "delete":
        server.delete_service(arguments.name, arguments.namespace)
    elif arguments.ingress:
        server.patch_ingress(arguments.name, arguments.ingress, arguments.namespace)


def main():
    arguments = _parser().parse_args()
    try:
        if arguments.command == "start":
            _start(arguments)
        elif arguments.command == "stop":
            if (arguments.directory / "options.json").exists():
                _open(arguments.directory).stop()
        else:
            _service(_open(arguments.directory), arguments)
    except (RuntimeError, OSError, ApiError) as error:
        sys.exit(f"api_server: {error}")


if __name__ == "__main__":
    main()
