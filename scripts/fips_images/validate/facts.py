"""Everything observed about one image, before anything is judged. No input or output here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fips_images.image.config import ImageConfig


@dataclass(frozen=True, slots=True)
class FileFact:
    """Who may change a path, and whether it is what it seems to be."""

    path: str
    mode: int
    uid: int
    gid: int
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class ElfFact:
    """What an ELF file says about itself."""

    path: str
    needed: tuple[str, ...] = ()
    run_path: tuple[str, ...] = ()
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class LibraryFact:
    """One libcrypto of the image and the folders compiled into it."""

    path: str
    version: str  # OpenSSL 3.5.7 9 Jun 2026
    openssl_dir: str
    modules_dir: str


@dataclass(frozen=True, slots=True)
class ProgramFact:
    """An `openssl` program that a path leads to."""

    path: str
    real_path: str
    elf: ElfFact | None  # None: a script or something else that is no ELF file
    head: str = ""  # first line, when it is not an ELF file


@dataclass(frozen=True, slots=True)
class ModuleFact:
    """A `fips.so`: its recomputed MAC and what its bytes say."""

    path: str
    size: int
    sha256: str
    mac: str  # colon-separated upper-case hexadecimal, as in fipsmodule.cnf
    versions: tuple[str, ...]  # version strings found in it, e.g. 3.5.7
    elf: ElfFact | None
    last_byte: int  # for the probe that flips it


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """One provider as the configuration names it."""

    name: str
    section: str
    activate: str | None  # the value as written; None when there is no such line
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigFacts:
    """The configuration as OpenSSL would read it in this image."""

    path: str  # the file that is read; "" when none can be
    chosen_by: str  # OPENSSL_CONF or OPENSSLDIR
    files: tuple[str, ...] = ()  # with everything included
    problems: tuple[str, ...] = ()
    init_section: str = ""
    providers: tuple[ProviderSetting, ...] = ()
    default_properties: str | None = None
    diagnostics: bool = False
    ssl_settings: Mapping[str, str] = field(default_factory=dict)
    stray_default_properties: tuple[str, ...] = ()  # in sections that nothing reads

    def provider(self, name: str) -> ProviderSetting | None:
        """Return the provider of this name."""
        return next((it for it in self.providers if it.name == name), None)


@dataclass(frozen=True, slots=True)
class StaticFacts:
    """What can be read from the opened image."""

    image: ImageConfig
    has_image_config: bool
    config: ConfigFacts
    libraries: tuple[LibraryFact, ...]  # in the loader's order; the first one is used
    modules: tuple[ModuleFact, ...]  # the one where OpenSSL looks comes first
    module_path: str  # where OpenSSL looks for it
    module_at_path: bool  # and whether it is there
    other_providers: tuple[str, ...]  # paths of provider modules other than fips.so
    programs: tuple[ProgramFact, ...]
    pythons: tuple[str, ...]
    shell: str
    deciding: tuple[FileFact, ...]  # everything that decides FIPS mode, with parent folders
    set_id: tuple[str, ...]
    world_writable: tuple[str, ...]
    preload_file: str  # content of /etc/ld.so.preload
    secrets: tuple[str, ...]
    foreign_certificates: tuple[str, ...]
    build_bundle_known: bool  # whether fingerprints of the build's CA bundle were given
    private_hash_modules: tuple[str, ...]
    os_name: str
    packages: int  # how many the package database lists; 0: there is none
    deleted: int  # how many files lower layers still hold


@dataclass(frozen=True, slots=True)
class CommandFact:
    """How one command of the probe ended."""

    status: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its output."""
        return "\n".join(self.lines)

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.status == 0


@dataclass(frozen=True, slots=True)
class Session:
    """One container of the probe: what ran in it."""

    name: str
    ran: bool
    reason: str = ""  # why it did not run
    seconds: float = 0.0
    commands: Mapping[str, CommandFact] = field(default_factory=dict)
    process: Mapping[str, str] = field(default_factory=dict)  # Uid, CapEff, ... of /proc
    python: Mapping[str, Any] = field(default_factory=dict)  # what probe.py printed, by fact name
    finished: bool = False  # the probe came to its end

    def command(self, name: str) -> CommandFact | None:
        """Return the command, or None when it was not run."""
        return self.commands.get(name)


NO_SESSION = Session("none", False, "no container was started")


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """What the certificate data says about a module on a day."""

    number: str
    status: str  # active, historical, revoked, none
    reason: str
    data_date: str


@dataclass(frozen=True, slots=True)
class SbomFact:
    """What the SBOM that was given says; `problem` when it cannot be read."""

    path: str
    components: int = 0
    hashes: frozenset[str] = frozenset()  # sha256 values of all its components
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All there is to judge."""

    static: StaticFacts
    own: Session = NO_SESSION  # as the image's own user
    confined: Session = NO_SESSION  # read-only, no capabilities, no network, arbitrary user
    flipped: Session = NO_SESSION  # with one byte of fips.so changed
    certificate: CertificateFact | None = None
    as_of: str = ""  # ISO date
    expected_module: str = ""  # the module version that the image's path in the tree says
    sbom: SbomFact | None = None
