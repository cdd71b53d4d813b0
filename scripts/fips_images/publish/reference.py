"""How people name what is published.

`HOST[:PORT]/NAME[:TAG][@DIGEST]` in a registry, `oci:FOLDER//NAME[:TAG][@DIGEST]` in an OCI image
layout on disk (the last `//` divides).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fips_images.attest.statement import DIGEST
from fips_images.errors import BadInputError

# Grammar of the distribution specification, "Pulling manifests".
_NAME = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_HOST = re.compile(r"(?:[a-zA-Z0-9][a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?")
_HINT = "Write HOST/NAME:TAG, HOST/NAME@sha256:…, or oci:FOLDER//NAME:TAG for a layout on disk."


@dataclass(frozen=True, slots=True)
class Reference:
    """A repository and what is meant in it. Either `host` or `folder` is set."""

    host: str
    folder: Path | None
    name: str
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """The repository, as people write it."""
        return f"oci:{self.folder}//{self.name}" if self.folder else f"{self.host}/{self.name}"

    def __str__(self) -> str:
        """Return the whole reference."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> Reference:
    """Read a reference; tag and digest may both be absent.

    Raises:
        BadInputError: it breaks the grammar.
    """
    rest, at, digest = text.partition("@")
    if at and not DIGEST.fullmatch(digest):
        raise BadInputError("what follows @ is not a sha256 digest", where=text, hint=_HINT)
    host, folder, rest = _split(text, rest)
    name, _, tag = rest.partition(":")
    if not _NAME.fullmatch(name) or len(name) > 255:
        raise BadInputError(f"not a repository name: {name!r}", where=text, hint=_HINT)
    if rest != name and not _TAG.fullmatch(tag):
        raise BadInputError(f"not a tag: {tag!r}", where=text, hint=_HINT)
    return Reference(host, folder, name, tag, digest)


def _split(text: str, rest: str) -> tuple[str, Path | None, str]:
    if rest.startswith("oci:"):
        folder, divider, name = rest.removeprefix("oci:").rpartition("//")
        if not divider or not folder:
            raise BadInputError("the layout's folder and // are missing", where=text, hint=_HINT)
        return "", Path(folder), name
    host, slash, name = rest.partition("/")
    local = host == "localhost" or "." in host or ":" in host
    if not slash or not local or not _HOST.fullmatch(host):
        raise BadInputError("the registry's host is missing", where=text, hint=_HINT)
    return host, None, name
