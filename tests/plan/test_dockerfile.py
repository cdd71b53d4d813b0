"""Reading Dockerfiles: stages, arguments, mounts, downloads; any text is a value or an error."""

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fips_images.errors import BadInputError
from fips_images.plan.dockerfile import parse_dockerfile, read_dockerfile

ROOT = Path(__file__).parents[2]
PATH = PurePosixPath("a/Dockerfile")
SHA = "b" * 64
TEXT = f"""\
ARG VERSION=13
ARG TAG=${{VERSION:-12}}-slim
FROM scratch AS Source
ADD --checksum=sha256:{SHA} https://example.org/x-1.2.tar.gz /x-1.2.tar.gz
FROM debian:${{TAG}} AS os
COPY fips.patch other/ /tmp/
FROM os
RUN --mount=type=bind,from=source,target=/source --mount=type=secret,id=ca \\
    --mount=type=bind,source=local.txt,target=/l true
COPY --from=busybox:1 /bin/sh /bin/sh
COPY --from=0 /x /y
COPY <<'END' /etc/file
FROM not-a-stage
END
"""


def test_stages_follow_names_arguments_and_mounts():
    parsed = parse_dockerfile(TEXT, PATH)
    assert [(one.name, one.base, one.base_is_stage) for one in parsed.stages] == [
        ("source", "scratch", False),
        ("os", "debian:13-slim", False),
        ("2", "os", True),
    ]
    last = parsed.stages[-1]
    assert last.depends_on == ("os", "source")
    assert last.external_images == ("busybox:1",)
    assert last.context_files == ("local.txt",)
    assert parsed.stages[1].context_files == ("fips.patch", "other/")
    assert parsed.base_images == ("busybox:1", "debian:13-slim")


def test_a_download_with_a_checksum_is_a_source():
    (source,) = parse_dockerfile(TEXT, PATH).sources
    assert (source.stage, source.file, source.sha256) == ("source", "x-1.2.tar.gz", SHA)
    assert source.url == "https://example.org/x-1.2.tar.gz"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a Dockerfile"),
        ("RUN true\nFROM scratch\n", "a/Dockerfile:1: RUN before the first FROM"),
        ("# only a comment\n", "not a Dockerfile"),
        ("ARG X\nFROM $X\n", "a/Dockerfile:2: FROM $X has no value"),
        ("FROM a AS\n", "FROM with 'a AS'"),
        ("FROM a AS x\nFROM b AS X\n", "a/Dockerfile:2: two stages are called 'x'"),
        ("FROM a\nCOPY <<END /x\n", "unterminated heredoc"),
        ("FROM a\0b\n", "NUL"),
        (f"FROM a\nADD --checksum=sha256:{SHA}\n", "a/Dockerfile:2: ADD needs a source"),
        ("ARG A=aaaaaaaa\n" + "ARG A=$A$A$A$A\n" * 12 + "FROM a\n", "more than 64 KiB"),
        ("FROM a\nFOO b\n", "a/Dockerfile:2: 'FOO' is not an instruction"),
        ("FROM a\nADD --checksum=md5:1 https://x.org/y /y\n", "a/Dockerfile:2: --checksum=md5:1"),
    ],
)
def test_what_is_not_a_dockerfile_is_one_error_with_its_place(text, says):
    with pytest.raises(BadInputError) as caught:
        parse_dockerfile(text, PATH)
    assert says in str(caught.value)


def test_a_file_that_is_too_large_or_not_text_is_refused(tmp_path):
    (tmp_path / "Dockerfile").write_bytes(b"FROM a\n" + b"#" * 1024 * 1024)
    with pytest.raises(BadInputError, match="more than 1 MiB"):
        read_dockerfile(tmp_path, PurePosixPath("Dockerfile"))
    (tmp_path / "Dockerfile").write_bytes(b"FROM \xff\n")
    with pytest.raises(BadInputError, match="not UTF-8"):
        read_dockerfile(tmp_path, PurePosixPath("Dockerfile"))
    with pytest.raises(BadInputError, match="cannot read"):
        read_dockerfile(tmp_path, PurePosixPath("missing"))


@given(st.text(max_size=200))
def test_any_text_is_a_value_or_one_error(text):
    try:
        assert parse_dockerfile(text, PATH).stages
    except BadInputError as error:
        assert str(error).startswith("a/Dockerfile")


@given(st.integers(0, len(TEXT)), st.text(max_size=6))
def test_a_damaged_dockerfile_never_crashes(position, junk):
    try:
        assert parse_dockerfile(TEXT[:position] + junk + TEXT[position:], PATH).stages
    except BadInputError as error:
        assert str(error).startswith("a/Dockerfile")
