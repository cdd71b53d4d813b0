"""What an ELF file says about itself, read with pyelftools; hostile files give None."""

from __future__ import annotations

import io

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from fips_images.validate.facts import ElfFact


def elf_fact(path: str, content: bytes) -> ElfFact | None:
    """Return the facts, or None when it is not an ELF file that can be read."""
    if not content.startswith(b"\x7fELF"):
        return None
    try:
        elf = ELFFile(io.BytesIO(content))
        needed, run_path, interpreter = [], [], False
        for segment in elf.iter_segments():
            interpreter = interpreter or segment.header.p_type == "PT_INTERP"
            if isinstance(segment, DynamicSegment):
                for tag in segment.iter_tags():
                    if tag.entry.d_tag == "DT_NEEDED":
                        needed.append(str(getattr(tag, "needed", "")))
                    elif tag.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
                        text = getattr(tag, "runpath", None) or getattr(tag, "rpath", "")
                        run_path.extend(str(text).split(":"))
        return ElfFact(path, tuple(needed), tuple(run_path), interpreter)
    except (
        ELFError,
        ValueError,
        KeyError,
        AttributeError,
        IndexError,
        OverflowError,
        UnicodeError,
    ):
        return None
