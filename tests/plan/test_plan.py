"""Planning: equal stages once, waves, what a change concerns, matrix and bake."""

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from fips_images.cli import main
from fips_images.errors import BadInputError
from fips_images.plan.changed import changed_since, concerned
from fips_images.plan.discover import discover
from fips_images.plan.graph import make_plan
from fips_images.plan.matrix import make_bake, make_matrix
from tests.plan.test_discover import put

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "scripts" / "fips_images" / "plan" / "schemas"
STAGES = """\
FROM debian:13 AS os
RUN true
FROM os AS module
RUN make
FROM os
COPY --from=module /m /m
"""


def tree(root: Path, count: int) -> None:
    for number in range(count):
        put(root, f"openssl/3.5.7/debian/13/python/3.{number}", STAGES + f"RUN echo {number}\n")


def test_equal_stages_of_several_images_are_one_build(tmp_path):
    tree(tmp_path, 3)
    plan = make_plan(tmp_path, discover(tmp_path))
    shared = {stage.name: len(stage.images) for stage in plan.stages if len(stage.images) > 1}
    assert shared == {"os": 3, "module": 3}
    assert (len(plan.stages), plan.naive_stage_builds, plan.waves) == (5, 9, 1)


@pytest.mark.parametrize("change", ["instruction", "copied file", "base of a base"])
def test_a_stage_that_differs_is_a_build_of_its_own(tmp_path, change):
    text = "FROM debian:13 AS os\nFROM os AS one\nCOPY f /f\nFROM one\n"
    for name in ("a", "b"):
        put(tmp_path, f"openssl/3.5.7/debian/13/{name}", text)
        (tmp_path / f"openssl/3.5.7/debian/13/{name}/f").write_text("same")
    other = tmp_path / "openssl/3.5.7/debian/13/b"
    if change == "copied file":
        (other / "f").write_text("other")
    elif change == "instruction":
        (other / "fips-dockerfile").write_text(text.replace("/f\n", "/g\n"))
    else:
        (other / "fips-dockerfile").write_text(text.replace("debian:13", "debian:13.1"))
    before = {"instruction": 1, "copied file": 1, "base of a base": 0}[change]
    plan = make_plan(tmp_path, discover(tmp_path))
    assert sum(len(stage.images) == 2 for stage in plan.stages) == before


def test_an_image_of_the_tree_used_as_base_comes_a_wave_earlier(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/base", STAGES)
    text = "FROM registry.example/fips/base:openssl3.5.7-debian13 AS os\nRUN true\n"
    put(tmp_path, "openssl/3.5.7/debian/13/python/3.13", text)
    waves = {
        one.image.spec.runtime: one.wave for one in make_plan(tmp_path, discover(tmp_path)).images
    }
    assert waves == {"base": 0, "python": 1}


def test_a_circle_is_refused(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/aa", "FROM x/bb:openssl3.5.7-debian13\n")
    put(tmp_path, "openssl/3.5.7/debian/13/bb", "FROM x/aa:openssl3.5.7-debian13\n")
    with pytest.raises(BadInputError, match="in a circle"):
        make_plan(tmp_path, discover(tmp_path))


def test_more_levels_than_waves_are_refused(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/l0", "FROM debian:13\n")
    for level in range(1, 5):
        text = f"FROM x/l{level - 1}:openssl3.5.7-debian13\n"
        put(tmp_path, f"openssl/3.5.7/debian/13/l{level}", text)
    with pytest.raises(BadInputError, match="one built on another"):
        make_plan(tmp_path, discover(tmp_path))


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", root, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/base", STAGES)
    put(tmp_path, "openssl/3.5.7/debian/13/other", STAGES)
    put(tmp_path, "openssl/3.5.7/debian/13/app", "FROM x/base:openssl3.5.7-debian13\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")
    return tmp_path


def test_a_change_concerns_its_image_and_what_is_built_from_it(checkout):
    file = checkout / "openssl/3.5.7/debian/13/base/fips-dockerfile"
    file.write_text(STAGES + "RUN more\n")
    reasons = concerned(discover(checkout), changed_since(checkout, "HEAD"))
    assert reasons == {
        "base-openssl3.5.7-debian13": "openssl/3.5.7/debian/13/base/fips-dockerfile changed",
        "app-openssl3.5.7-debian13": "built from base-openssl3.5.7-debian13",
    }


def test_a_change_of_the_toolkit_concerns_everything(checkout):
    (checkout / "scripts").mkdir()
    (checkout / "scripts" / "x.py").write_text("")
    git(checkout, "add", ".")
    assert len(concerned(discover(checkout), changed_since(checkout, "HEAD"))) == 3


def test_nothing_changed_concerns_nothing(checkout):
    (checkout / "README.md").write_text("new")
    git(checkout, "add", ".")
    assert concerned(discover(checkout), changed_since(checkout, "HEAD")) == {}


@pytest.mark.parametrize("reference", ["no-such-commit", "--output=/tmp/x", "$(id)"])
def test_a_commit_that_git_does_not_know_is_one_error(checkout, reference):
    with pytest.raises(BadInputError) as caught:
        changed_since(checkout, reference)
    assert caught.value.hint


def test_matrix_rows_are_thin_and_sharded_above_256(tmp_path):
    tree(tmp_path, 300)
    plan = make_plan(tmp_path, discover(tmp_path))
    rows = make_matrix(plan, "linux/amd64")["include"]
    shards = [row["shard"] for row in rows]
    assert len(rows) == 300
    assert max(shards.count(shard) for shard in set(shards)) <= 256
    assert make_matrix(plan, "linux/arm64")["include"][0]["runner"] == "ubuntu-24.04-arm"
    assert [row["shard"] for row in make_matrix(plan, "linux/amd64")["include"]] == shards


def test_an_empty_matrix_is_an_empty_list(tmp_path):
    assert make_matrix(make_plan(tmp_path, ()), "linux/amd64") == {"include": []}


def test_bake_links_images_to_the_stages_they_share(tmp_path):
    tree(tmp_path, 2)
    bake = make_bake(make_plan(tmp_path, discover(tmp_path)))
    (module,) = [name for name in bake["target"] if name.startswith("module-")]
    (system,) = [name for name in bake["target"] if name.startswith("os-")]
    image = bake["target"]["python3_0-openssl3_5_7-debian13"]
    assert image["contexts"] == {"os": f"target:{system}", "module": f"target:{module}"}
    assert bake["target"][module]["contexts"] == {"os": f"target:{system}"}
    assert len(bake["group"]["default"]["targets"]) == 2


@pytest.mark.parametrize("verb", ["plan", "discover"])
def test_json_is_as_its_schema_says(verb, capsys):
    with pytest.raises(SystemExit) as caught:
        main([verb, "--format", "json", "--root", str(ROOT)])
    assert caught.value.code == 0
    schema = json.loads((SCHEMAS / f"{verb}.schema.json").read_text())
    value = json.loads(capsys.readouterr().out)
    Draft202012Validator(schema).validate(value)
    assert len(value["images"]) >= 4


def test_an_unknown_image_is_bad_input(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["plan", "--filter", "nonsense", "--root", str(ROOT)])
    assert caught.value.code == 2
    assert "no image 'nonsense' in the tree" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["platform", "syntax", "mode", "ignore", "variable"])
def test_what_changes_a_stage_keeps_it_apart(tmp_path, what):
    text = "FROM debian:13 AS os\nARG N=f\nCOPY f /f\nFROM os\nRUN true\n"
    if what == "variable":
        text = text.replace("COPY f", "COPY $N")
    for name in ("a", "b"):
        put(tmp_path, f"openssl/3.5.7/debian/13/{name}", text)
        (tmp_path / f"openssl/3.5.7/debian/13/{name}/f").write_text("same")
    other = tmp_path / "openssl/3.5.7/debian/13/b"
    if what == "platform":
        text = text.replace("FROM debian", "FROM --platform=linux/arm64 debian")
        (other / "fips-dockerfile").write_text(text)
    elif what == "syntax":
        (other / "fips-dockerfile").write_text("# syntax=docker/dockerfile:1\n" + text)
    elif what == "mode":
        (other / "f").chmod(0o755)
    elif what == "ignore":
        (other / ".dockerignore").write_text("f\n")
    plan = make_plan(tmp_path, discover(tmp_path))
    assert all(len(stage.images) == 1 for stage in plan.stages)


@pytest.mark.parametrize("copied", ["a**b", "x" * 5000, "../../../../../../etc/passwd", "link"])
def test_a_hostile_copy_neither_crashes_nor_leaves_the_context(tmp_path, copied):
    put(tmp_path, "openssl/3.5.7/debian/13/base", f"FROM debian:13\nCOPY {copied} /x\n")
    (tmp_path / "openssl/3.5.7/debian/13/base/link").symlink_to("/etc/passwd")
    assert len(make_plan(tmp_path, discover(tmp_path)).stages) == 1


def test_a_long_chain_is_refused_and_not_a_crash(tmp_path):
    for level in range(1200):
        text = f"FROM x/l{level + 1}:openssl3.5.7-debian13\n"
        put(tmp_path, f"openssl/3.5.7/debian/13/l{level}", text)
    with pytest.raises(BadInputError, match="one built on another"):
        make_plan(tmp_path, discover(tmp_path))


@pytest.mark.engine
def test_buildx_reads_the_bake_file(tmp_path):
    tree(tmp_path, 2)
    file = tmp_path / "bake.json"
    file.write_text(json.dumps(make_bake(make_plan(tmp_path, discover(tmp_path)))))
    words = ["docker", "buildx", "bake", "--print", "--file", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["group"]["default"]["targets"]) == 2
