"""A repository of a registry that speaks the OCI distribution API."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests

from fips_images.attest.canonical import canonical, parse_object
from fips_images.attest.statement import DIGEST
from fips_images.errors import BadInputError, DoesNotHoldError, EnvironmentFailureError
from fips_images.publish.registry import (
    LARGEST_MANIFEST,
    MANIFEST_TYPES,
    OCI_INDEX,
    Descriptor,
    Manifest,
    Opener,
    descriptor_of,
    fallback_tag,
    must_be,
    parse_descriptors,
)
from fips_images.publish.transport import Transport
from fips_images.publish.upload import Upload, refused

_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
_MOST_PAGES = 50
_OK = requests.codes.ok


@dataclass(frozen=True, slots=True)
class HttpRepository:
    """One repository; `mount_from` names others of the registry whose blobs may be reused."""

    transport: Transport
    host: str  # as people write it
    path: str
    mount_from: tuple[str, ...] = ()
    piece: int = 16 << 20  # bytes of one piece of an upload

    @property
    def name(self) -> str:
        """`HOST/NAME`."""
        return f"{self.host}/{self.path}"

    def manifest(self, reference: str) -> Manifest | None:
        """Read by tag or digest; the bytes are compared with every digest that is known."""
        address = f"/v2/{self.path}/manifests/{reference}"
        accept = {"Accept": ", ".join(MANIFEST_TYPES)}
        response = self._get(address, accept)
        if response.status_code == requests.codes.not_found:
            response.close()
            return None
        self._expect(response, _OK, "manifest")
        content = self.transport.read(response, LARGEST_MANIFEST)
        stated = response.headers.get("Docker-Content-Digest", "")
        for digest in (reference, stated):
            if DIGEST.fullmatch(digest):
                must_be(digest, content, f"{self.name}:{reference}")
        return Manifest(self._media_type(response, content), content)

    def has_blob(self, digest: str) -> bool:
        """Ask with HEAD."""
        response = self.transport.request("HEAD", self._blob(digest), scope=self._pull, follow=True)
        response.close()
        if response.status_code == requests.codes.not_found:
            return False
        self._expect(response, _OK, "blob")
        return True

    def blob(self, digest: str, largest: int) -> bytes:
        """Read and compare with the digest."""
        response = self._get(self._blob(digest))
        if response.status_code == requests.codes.not_found:
            raise DoesNotHoldError(f"{digest} is missing", where=self.name)
        self._expect(response, _OK, "blob")
        content = self.transport.read(response, largest)
        must_be(digest, content, self.name)
        return content

    def check_blob(self, digest: str, size: int) -> None:
        """Read it piece by piece; never more than its size."""
        response = self._get(self._blob(digest))
        if response.status_code == requests.codes.not_found:
            raise DoesNotHoldError(f"{digest} is missing", where=self.name)
        self._expect(response, _OK, "blob")
        value, seen = hashlib.sha256(), 0
        for piece in self.transport.pieces(response):
            seen += len(piece)
            value.update(piece)
            if seen > size:
                break
        if (f"sha256:{value.hexdigest()}", seen) != (digest, size):
            raise DoesNotHoldError(
                f"the content of {digest} is something else ({seen} bytes)", where=self.name
            )

    def put_blob(self, digest: str, size: int, opener: Opener) -> None:
        """Mount or upload."""
        upload = Upload(self.transport, self.path, self._push, self.piece)
        upload.put(digest, size, opener, self.mount_from)

    def put_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """Put under the digest, or under a tag."""
        self._put(manifest, tag or manifest.digest).close()

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """Ask the referrers API; where there is none, read the fallback tag."""
        listed = self._from_api(digest)
        if listed is not None:
            return listed
        fallback = self.manifest(fallback_tag(digest))
        return parse_descriptors(fallback.parse()) if fallback else ()

    def add_referrer(self, digest: str, manifest: Manifest) -> None:
        """Put the manifest; list it under the fallback tag unless the registry does it itself.

        The registry is believed only if it both says so (OCI-Subject) and answers the API: some
        say so and do not.
        """
        response = self._put(manifest, manifest.digest)
        response.close()
        said = response.headers.get("OCI-Subject") == digest
        if said and self._from_api(digest) is not None:
            return
        tag = fallback_tag(digest)
        old = self.manifest(tag)
        entries = {it.digest: it for it in parse_descriptors(old.parse())} if old else {}
        if manifest.digest in entries:
            return
        entries[manifest.digest] = descriptor_of(manifest)
        index = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [it.to_json() for it in entries.values()],
        }
        self._put(Manifest(OCI_INDEX, canonical(index)), tag).close()

    def _from_api(self, digest: str) -> tuple[Descriptor, ...] | None:
        """Return all pages; None when the registry has no such API (404, 303, other content)."""
        address = f"{self.transport.origin}/v2/{self.path}/referrers/{digest}"
        found: list[Descriptor] = []
        for _ in range(_MOST_PAGES):
            response = self.transport.request("GET", address, scope=self._pull)
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
            if response.status_code != _OK or kind != OCI_INDEX:
                response.close()
                if response.status_code in (401, 403):
                    raise refused(response, "list of referrers")
                return None
            content = self.transport.read(response, LARGEST_MANIFEST)
            found += parse_descriptors(
                parse_object(content, "the list of referrers", largest=LARGEST_MANIFEST)
            )
            link = _NEXT.search(response.headers.get("Link", ""))
            if link is None:
                return tuple({it.digest: it for it in found}.values())
            following = urljoin(address, link[1])
            if urlsplit(following)[:2] != urlsplit(address)[:2]:
                raise EnvironmentFailureError(
                    "the list of referrers goes on at another host", where=self.name
                )
            address = following
        raise BadInputError(f"the list of referrers has over {_MOST_PAGES} pages", where=self.name)

    def _put(self, manifest: Manifest, reference: str) -> requests.Response:
        response = self.transport.request(
            "PUT",
            f"/v2/{self.path}/manifests/{reference}",
            scope=self._push,
            headers={"Content-Type": manifest.media_type},
            body=manifest.content,
        )
        self._expect(response, requests.codes.created, "manifest")
        stated = response.headers.get("Docker-Content-Digest", manifest.digest)
        if stated != manifest.digest:
            raise DoesNotHoldError(
                f"the registry stored {stated[:80]} in the place of {manifest.digest}",
                where=self.name,
            )
        return response

    def _get(self, address: str, headers: dict[str, str] | None = None) -> requests.Response:
        return self.transport.request(
            "GET", address, scope=self._pull, headers=headers, follow=True
        )

    def _expect(self, response: requests.Response, status: int, what: str) -> None:
        if response.status_code != status:
            response.close()
            raise refused(response, what)

    def _media_type(self, response: requests.Response, content: bytes) -> str:
        """Take the type that header and content agree on (CVE-2021-41190: they must)."""
        said = response.headers.get("Content-Type", "").partition(";")[0].strip()
        inner = parse_object(content, "the manifest", largest=LARGEST_MANIFEST).get("mediaType")
        if inner not in (None, said):
            raise DoesNotHoldError(
                f"the manifest is announced as {said[:80]} and says {str(inner)[:80]}",
                where=self.name,
            )
        return said

    def _blob(self, digest: str) -> str:
        if not DIGEST.fullmatch(digest):
            raise BadInputError(f"not a sha256 digest: {digest[:80]!r}", where=self.name)
        return f"/v2/{self.path}/blobs/{digest}"

    @property
    def _pull(self) -> str:
        return f"repository:{self.path}:pull"

    @property
    def _push(self) -> str:
        return f"repository:{self.path}:pull,push"
