"""The smallest ELF file that has what checks read: needed libraries, and an interpreter."""

from __future__ import annotations

import struct

_BASE = 0x40  # file header; program headers follow
_PHDR = 56


def tiny_elf(needed: tuple[str, ...] = (), *, program: bool = False, payload: bytes = b"") -> bytes:
    """A 64-bit little-endian file: one loaded segment, a dynamic one, `payload` at the end."""
    names, offsets = b"\0", []
    for name in needed:
        offsets.append(len(names))
        names += name.encode() + b"\0"
    count = 3 if program else 2
    start = _BASE + count * _PHDR
    dynamic_size = 16 * (len(needed) + 3)
    strings = start + dynamic_size
    tags = [(1, offset) for offset in offsets]  # DT_NEEDED
    tags += [(5, strings), (10, len(names)), (0, 0)]  # DT_STRTAB, DT_STRSZ, DT_NULL
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in tags)
    interpreter = strings + len(names)
    body = dynamic + names + b"/lib64/ld-linux-x86-64.so.2\0" + payload
    size = start + len(body)
    headers = _segment(1, 0, size) + _segment(2, start, dynamic_size)
    if program:
        headers += _segment(3, interpreter, 28)
    ident = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    head = ident + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, _BASE, 0, 0, _BASE, _PHDR, count, 64, 0, 0
    )
    return head + headers + body


def _segment(kind: int, offset: int, size: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, 5, offset, offset, offset, size, size, 1)
