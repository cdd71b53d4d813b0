"""Files appear whole or not at all."""

from __future__ import annotations

import pytest

from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.files import read_json, replacing, write_json, write_text


def test_a_failure_leaves_the_old_content_and_no_rest(tmp_path):
    file = tmp_path / "a.txt"
    write_text(file, "old")
    with pytest.raises(RuntimeError), replacing(file) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_json_is_written_sorted_and_read_back(tmp_path):
    write_json(tmp_path / "a" / "b.json", {"b": 1, "a": "ä"})
    assert (tmp_path / "a" / "b.json").read_text() == '{\n  "a": "ä",\n  "b": 1\n}\n'
    assert read_json(tmp_path / "a" / "b.json") == {"a": "ä", "b": 1}


def test_bad_json_names_file_and_line(tmp_path):
    file = tmp_path / "bad.json"
    file.write_text('{"a": 1,\n nonsense}')
    with pytest.raises(BadInputError) as caught:
        read_json(file)
    assert f"{file}:2" in str(caught.value)


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailureError, match="cannot write"):
        write_text(tmp_path / "file" / "below", "x")
