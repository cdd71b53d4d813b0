"""The identity of a build: one hash over all that decides its result (design.md, decision 6)."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path

_VERSION = 1  # changes when this toolkit starts to build the same inputs differently


def build_identity(
    context: Path, dockerfile: str, platform: str, bases: Mapping[str, str], epoch: int
) -> str:
    """Return `sha256:…` over the context's files, the platform and the resolved base digests.

    Sources need no entry of their own: their checksums are written in the Dockerfile. What is
    replaced by a mirror or carried as a secret does not change the result.
    """
    value = {
        "version": _VERSION,
        "dockerfile": dockerfile,
        "files": hash_tree(context),
        "platform": platform,
        "bases": dict(bases),
        "source_date_epoch": epoch,
    }
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def hash_tree(folder: Path) -> list[list[str]]:
    """Return name, kind with permission to execute, and SHA-256 of every file, sorted by name."""
    rows = []
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            content, kind = str(path.readlink()).encode(), "link"
        elif stat.S_ISREG(mode):
            content, kind = path.read_bytes(), "program" if mode & stat.S_IXUSR else "file"
        else:
            continue
        rows.append(
            [path.relative_to(folder).as_posix(), kind, hashlib.sha256(content).hexdigest()]
        )
    return rows
