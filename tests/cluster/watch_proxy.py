# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of the API server that can hold watches open and pass nothing of them, while other things succeed."""

import http.client
import http.server
import ssl
import threading

import network_namespace

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class WatchProxy:
    """Use as a context manager. `server` is the HOST:PORT to put into a kubeconfig of that host."""

    def __init__(self, api, host):
        self._api, self._namespace = api, host.namespace
        self._held, self._lists, self._released = "", False, threading.Event()
        self._released.set()
        (port,) = network_namespace.free_ports(1, "127.0.0.1", host.namespace)
        self.server = f"127.0.0.1:{port}"
        with network_namespace.entered(host.namespace):
            self._http = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*api.server_certificate())
        # Not on accept(): a client's handshake would hold up all others.
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._http.serve_forever, args=[0.1], daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release()
        self._http.shutdown()
        self._http.server_close()

    def hold(self, paths="", lists=False):
        """From now on nothing comes of watches whose path contains this; new ones get not even a beginning.

        lists: whatever else is asked for under such a path is held back as well.
        """
        self._held, self._lists = paths, lists
        self._released.clear()

    def release(self):
        """What was held back is passed now."""
        self._released.set()

    def _pass_when_released(self, path):
        if self._held in path:
            self._released.wait()

    def _handler(proxy):  # noqa: N805 (`self` is the request's)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                network_namespace.enter(proxy._namespace)  # this thread is for this connection only
                self._upstream = http.client.HTTPSConnection(
                    proxy._api.address, proxy._api.port, context=proxy._api.trust(), timeout=600)

            def finish(self):
                self._upstream.close()
                super().finish()

            def _forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                self._upstream.request(self.command, self.path, body, dict(self.headers))
                answer = self._upstream.getresponse()
                watch = "watch=" in self.path
                if watch or proxy._lists:
                    proxy._pass_when_released(self.path)
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _HOP_BY_HOP:
                        self.send_header(name, value)
                self._stream(answer) if watch else self._whole(answer.read())

            def _whole(self, body):
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _stream(self, answer):
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while data := answer.read1(65536):
                    proxy._pass_when_released(self.path)
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
                self.wfile.write(b"0\r\n\r\n")

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except (OSError, http.client.HTTPException):
                    pass  # either side went: the other sees it

        return Handler
