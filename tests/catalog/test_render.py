"""Rendering: the committed tree is what the catalogue says, and a template mistake is one error."""

import json
import re
from pathlib import Path, PurePosixPath

import pytest
from jsonschema import Draft202012Validator

from fips_images.catalog.load import load_catalog
from fips_images.catalog.render import compare, render_tree, write
from fips_images.cli import main
from fips_images.errors import BadInputError

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog(ROOT / "openssl" / "catalog.yaml")
TEMPLATES = ROOT / "templates-dockerfiles"
PYTHON = PurePosixPath("openssl/3.5.7/debian/13/python/3.13/fips-dockerfile")


def test_the_committed_tree_is_in_sync():
    assert compare(ROOT, render_tree(CATALOG, TEMPLATES)) == []


def test_a_second_render_changes_nothing_and_a_leftover_is_removed(tmp_path):
    tree = render_tree(CATALOG, TEMPLATES)
    assert len(write(tmp_path, tree)) == len(tree)
    assert write(tmp_path, tree) == []
    stray = tmp_path / "openssl" / "1.0" / "debian" / "13" / "base" / "fips-dockerfile"
    stray.parent.mkdir(parents=True)
    stray.write_text("FROM scratch\n")
    (tmp_path / PYTHON).write_text("FROM scratch\n")
    found = write(tmp_path, tree)
    assert [(one.kind, one.path.parts[1]) for one in found] == [
        ("changed", "3.5.7"),
        ("left over", "1.0"),
    ]
    assert not (tmp_path / "openssl" / "1.0").exists()


def test_every_rendered_file_pins_what_it_downloads():
    for path, text in render_tree(CATALOG, TEMPLATES).items():
        if path.name != "fips-dockerfile":
            continue
        for add in re.findall(r"^ADD .*", text, re.M):
            assert re.fullmatch(r"ADD --checksum=sha256:[0-9a-f]{64} \\", add), path
        assert "curl" not in text, path
        assert text.count("USER 65532:65532") == 1, path


def test_a_validated_module_is_configured_as_its_policy_says():
    tree = render_tree(CATALOG, TEMPLATES)
    for path, text in tree.items():
        if path.parts[1] in {"3.0.9", "3.1.2"} and path.name == "fips-dockerfile":
            assert "./Configure enable-fips\n" in text, path


def test_no_rendered_file_claims_more_than_facts():
    for path, text in render_tree(CATALOG, TEMPLATES).items():
        assert not re.search(r"\b(compliant|certified)\b", text, re.I), path


def test_a_template_mistake_is_named(tmp_path):
    (tmp_path / "base.j2").write_text("FROM x\n{{ nonsense.word }}\n")
    (tmp_path / "python.j2").write_text("FROM x\n")
    with pytest.raises(BadInputError) as caught:
        render_tree(CATALOG, tmp_path)
    assert "templates-dockerfiles/base.j2" in str(caught.value)


def test_json_is_as_its_schema_says(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["render", "--check", "--format", "json", "--root", str(ROOT)])
    assert caught.value.code == 0
    schema = ROOT / "scripts/fips_images/cli/schemas/render.schema.json"
    value = json.loads(capsys.readouterr().out)
    Draft202012Validator(json.loads(schema.read_text())).validate(value)
    assert value == {"files": len(render_tree(CATALOG, TEMPLATES)), "differences": []}
