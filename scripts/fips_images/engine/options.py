"""Run options as the flags that docker and podman share. Pure."""

from __future__ import annotations

from fips_images.engine.interface import Mount, RunOptions

RUN_LABEL = "io.github.fips-container-images.run"
_PIDS = 512  # a probe that forks without end must not take the host with it
_MEMORY = "4g"


def run_flags(options: RunOptions) -> list[str]:
    """Return the flags between `run --name …` and the image."""
    flags = ["--pids-limit", str(_PIDS), "--memory", _MEMORY]
    if not options.network:
        flags += ["--network", "none"]
    if options.user is not None:
        flags += ["--user", options.user]
    if options.entrypoint is not None:
        flags += [f"--entrypoint={options.entrypoint}"]
    if options.read_only:
        flags.append("--read-only")
    if options.drop_capabilities:
        flags += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    for target in options.tmpfs:
        flags += ["--tmpfs", target]
    for name, value in options.environment.items():
        flags += ["--env", f"{name}={value}"]
    for mount in options.mounts:
        flags += ["--mount", _mount(mount)]
    if options.stdin:
        flags.append("--interactive")
    return flags


def _mount(mount: Mount) -> str:
    """Return the value of `--mount`, quoted as CSV where a path has a comma."""
    fields = ["type=bind", f"source={mount.source}", f"target={mount.target}"]
    if not mount.writable:
        fields.append("readonly")
    return csv_line(fields)


def csv_line(fields: list[str]) -> str:
    """Return the fields as one line of CSV, as docker's flags and bake read them."""
    return ",".join(_quoted(field) for field in fields)


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if set(field) & set(',"') else field
