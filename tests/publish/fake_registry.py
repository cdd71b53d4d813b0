"""An OCI registry in a thread, on loopback, that misbehaves on request.

It keeps everything in memory. `Rule`s break chosen requests; the fields of `FakeRegistry` choose
what it can do (referrers API, authorization). `log` has every request with its Authorization.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_MANIFEST = re.compile(r"/v2/(.+)/manifests/([^/]+)")
_BLOB = re.compile(r"/v2/(.+)/blobs/(sha256:[0-9a-f]{64})")
_BEGIN = re.compile(r"/v2/(.+)/blobs/uploads/")
_UPLOAD = re.compile(r"/v2/(.+)/blobs/uploads/([0-9]+)")
_REFERRERS = re.compile(r"/v2/(.+)/referrers/(sha256:[0-9a-f]{64})")
_INDEX = "application/vnd.oci.image.index.v1+json"

TOKEN = "token-of-the-test"
USER, PASSWORD = "somebody", "secret-of-the-test"


@dataclass
class Rule:
    """Breaks the next `times` requests that fit; `action` gets the handler."""

    method: str
    path: str  # a regular expression, searched for
    action: Callable[[Any], None]
    times: int = 1
    skip: int = 0  # requests that fit and are left alone before


@dataclass
class Seen:
    """One request."""

    method: str
    path: str
    authorization: str
    host: str


@dataclass
class Repo:
    """One repository."""

    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)


@dataclass
class FakeRegistry:
    """The registry's content and its manners."""

    referrers: str = "none"  # "api", "none" (404), "redirect" (303), "page", "lie", "forbidden"
    auth: str = ""  # "basic", "bearer", "refresh"
    page: int = 100  # referrers of one page
    rules: list[Rule] = field(default_factory=list)
    log: list[Seen] = field(default_factory=list)
    repos: dict[str, Repo] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    address: str = ""

    def repo(self, name: str) -> Repo:
        """The repository, made on first use."""
        return self.repos.setdefault(name, Repo())

    def count(self, method: str, path: str) -> int:
        """How many requests fit."""
        return sum(it.method == method and bool(re.search(path, it.path)) for it in self.log)

    def broken(self, method: str, path: str) -> Rule | None:
        """The rule for this request, used up by one."""
        with self.lock:
            for rule in self.rules:
                if rule.times and rule.method == method and re.search(rule.path, path):
                    if rule.skip:
                        rule.skip -= 1
                        continue
                    rule.times -= 1
                    return rule
        return None


@contextmanager
def serve(registry: FakeRegistry) -> Iterator[FakeRegistry]:
    """Run it; `registry.address` is host:port."""
    handler = type("Handler", (_Handler,), {"registry": registry})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    registry.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()


def status(code: int, **headers: str) -> Callable[[Any], None]:
    """Answer with a status and nothing else."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda handler: handler.reply(code, b"", named)


def cut(handler: Any) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True
    handler.connection.close()


def truncated(handler: Any) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/octet-stream")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.wfile.flush()
    handler.close_connection = True


def content(body: bytes, kind: str = "application/octet-stream") -> Callable[[Any], None]:
    """Answer with other content."""
    return lambda handler: handler.reply(200, body, {"Content-Type": kind})


def slow(seconds: float) -> Callable[[Any], None]:
    """Wait before closing the connection."""

    def action(handler: Any) -> None:
        time.sleep(seconds)
        cut(handler)

    return action


class _Handler(BaseHTTPRequestHandler):
    registry: FakeRegistry
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # one packet for head and body: no waiting for delayed acknowledgements

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def handle_one_request(self) -> None:
        """A client that goes away is no news."""
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def reply(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        """Answer."""
        self.send_response(code)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        authorization = self.headers.get("Authorization", "")
        seen = Seen(self.command, self.path, authorization, self.headers.get("Host", ""))
        with self.registry.lock:
            self.registry.log.append(seen)
        rule = self.registry.broken(self.command, self.path)
        if rule is not None:
            rule.action(self)
            return
        parts = urlsplit(self.path)
        if parts.path == "/token":
            self._token(body)
            return
        if not self._authorized(authorization):
            return
        for pattern, serve_one in (
            (_MANIFEST, self._manifest),
            (_BLOB, self._blob),
            (_UPLOAD, self._upload),
            (_BEGIN, self._begin),
            (_REFERRERS, self._referrers),
        ):
            match = pattern.fullmatch(parts.path)
            if match:
                with self.registry.lock:
                    serve_one(match, parse_qs(parts.query), body)
                return
        self.reply(404, b"", {})

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = _serve

    def _token(self, body: bytes) -> None:
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        given = self.headers.get("Authorization") == basic
        if self.registry.auth == "refresh":
            given = parse_qs(body.decode()).get("refresh_token") == [PASSWORD]
        if given:
            self.reply(200, json.dumps({"token": TOKEN}).encode(), {})
        else:
            self.reply(401, b"", {})

    def _authorized(self, authorization: str) -> bool:
        kind = self.registry.auth
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        wanted = {"": authorization, "basic": basic}.get(kind, f"Bearer {TOKEN}")
        if authorization == wanted:
            return True
        realm = f"http://{self.registry.address}/token"
        challenge = f'Bearer realm="{realm}",service="fake",scope="repository:any:pull"'
        if kind == "basic":
            challenge = 'Basic realm="fake"'
        self.reply(401, b"", {"WWW-Authenticate": challenge})
        return False

    def _manifest(self, match: re.Match[str], _: dict[str, list[str]], body: bytes) -> None:
        repo, reference = self.registry.repo(match[1]), match[2]
        if self.command == "PUT":
            self._put_manifest(repo, reference, body)
            return
        digest = repo.tags.get(reference, reference)
        if digest not in repo.manifests:
            self.reply(404, b"", {})
            return
        kind, stored = repo.manifests[digest]
        self.reply(200, stored, {"Content-Type": kind, "Docker-Content-Digest": digest})

    def _put_manifest(self, repo: Repo, reference: str, body: bytes) -> None:
        digest, value = _digest(body), json.loads(body)
        named = [value.get("config"), *value.get("layers", [])]
        if any(it and it["digest"] not in repo.blobs for it in named):
            self.reply(400, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}', {})
            return
        repo.manifests[digest] = (self.headers["Content-Type"], body)
        if not reference.startswith("sha256:"):
            repo.tags[reference] = digest
        headers = {"Docker-Content-Digest": digest}
        if "subject" in value and self.registry.referrers in ("api", "lie"):
            headers["OCI-Subject"] = value["subject"]["digest"]
        self.reply(201, b"", headers)

    def _blob(self, match: re.Match[str], _: dict[str, list[str]], body: bytes) -> None:
        stored = self.registry.repo(match[1]).blobs.get(match[2])
        if stored is None:
            self.reply(404, b"", {})
        else:
            self.reply(200, stored, {"Content-Type": "application/octet-stream"})

    def _begin(self, match: re.Match[str], query: dict[str, list[str]], body: bytes) -> None:
        name = match[1]
        for digest in query.get("mount", []):
            source = self.registry.repo(query["from"][0]).blobs
            if digest in source:
                self.registry.repo(name).blobs[digest] = source[digest]
                self.reply(201, b"", {})
                return
        number = str(len(self.registry.uploads))
        self.registry.uploads[number] = bytearray()
        self.reply(202, b"", {"Location": f"/v2/{name}/blobs/uploads/{number}?state=x"})

    def _upload(self, match: re.Match[str], query: dict[str, list[str]], body: bytes) -> None:
        name, number = match[1], match[2]
        upload = self.registry.uploads.get(number)
        if upload is None:
            self.reply(404, b"", {})
            return
        if self.command == "PATCH":
            start = int(self.headers["Content-Range"].partition("-")[0])
            if start != len(upload):
                self.reply(416, b"", {"Range": f"0-{max(0, len(upload) - 1)}"})
                return
        upload += body
        where = {
            "Location": f"/v2/{name}/blobs/uploads/{number}?state=x",
            "Range": f"0-{max(0, len(upload) - 1)}",
        }
        if self.command != "PUT":
            self.reply(204 if self.command == "GET" else 202, b"", where)
            return
        digest = query["digest"][0]
        if _digest(bytes(upload)) != digest:
            self.reply(400, b'{"errors":[{"code":"DIGEST_INVALID"}]}', {})
            return
        self.registry.repo(name).blobs[digest] = bytes(upload)
        del self.registry.uploads[number]
        self.reply(201, b"", {"Docker-Content-Digest": digest})

    def _referrers(self, match: re.Match[str], query: dict[str, list[str]], body: bytes) -> None:
        other = {
            "redirect": (303, {"Location": f"http://127.0.0.2/{match[2][:20]}"}),
            "page": (200, {"Content-Type": "text/html"}),
            "forbidden": (403, {}),
        }
        if self.registry.referrers != "api":
            code, headers = other.get(self.registry.referrers, (404, {}))
            self.reply(code, b"", headers)
            return
        found = []
        for digest, (kind, stored) in self.registry.repo(match[1]).manifests.items():
            value = json.loads(stored)
            if value.get("subject", {}).get("digest") == match[2]:
                entry = {"mediaType": kind, "digest": digest, "size": len(stored)}
                entry["artifactType"] = value["artifactType"]
                found.append(entry)
        start = int(query.get("start", ["0"])[0])
        end = start + self.registry.page
        link = f'<{urlsplit(self.path).path}?start={end}>; rel="next"'
        headers = {"Content-Type": _INDEX} | ({"Link": link} if end < len(found) else {})
        self.reply(200, json.dumps({"manifests": found[start:end]}).encode(), headers)


def _digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()
