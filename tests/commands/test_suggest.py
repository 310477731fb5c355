"""Search suggestions on the command line, as a user types it."""

import json

import pytest

FIT = ("--width", "8", "--vocabulary", "300", "--epochs", "2", "--batch", "4", "--window", "16")


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return run_command


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "queries.csv"
    path.write_text(
        "query,count\nhow to build a boat,40\nhow to bake bread,60\nred paint,20\nshed roof,25\nblue paint,12\n"
    )
    return path


def test_from_a_log_to_suggestions(run, log, tmp_path) -> None:
    code, _, err = run("fit", "suggest", log, "-o", "search/", *FIT)
    assert code == 0, err
    code, out, _ = run("predict", "search/", "how to b", "-n", "2")
    assert code == 0
    assert "how to bake bread" in out
    code, out, _ = run("predict", "search/", "how to b", "-n", "2", "--json")
    assert {"text", "kind", "score"} == set(json.loads(out)["predictions"][0])
    (tmp_path / "items.csv").write_text("title,price\nBoat how to build,3\nShed roof felt,4\n")
    code, out, err = run("predict", "search/", "shed", "--must-match", "items.csv")
    assert code == 0, err
    assert "shed roof" in out
    (tmp_path / "typed.csv").write_text("query,page\nhow to ba,1\nshed,2\n")
    (tmp_path / "typed.txt").write_text("how to ba\nshed\n")
    for typed in ("typed.csv", "typed.txt"):
        code, _, err = run("predict", "search/", f"@{typed}", "-o", "out.csv", "--overwrite")
        assert code == 0, err
        assert [line.split(",")[-1] for line in (tmp_path / "out.csv").read_text().splitlines()[1:]] == ["", ""]
    code, out, err = run("evaluate", "search/", log, "--json")
    assert code == 0, err
    assert {"mrr_10", "hit_1", "letters_saved"} <= set(json.loads(out)["metrics"])
    code, out, _ = run("describe", "search/")
    assert "5 known queries" in out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("query,count\nred paint,-1\n", "queries.csv:2: the count is '-1'"),
        ("query,count\nred paint,many\n", "queries.csv:2: the count is 'many'"),
        ("query,count\n", "no query is left of 0 rows"),
        ("", "queries.csv"),
        ("query\na@b.de\n", "that may be personal"),
    ],
)
def test_bad_logs(run, tmp_path, content, said) -> None:
    (tmp_path / "queries.csv").write_text(content)
    code, _, err = run("fit", "suggest", "queries.csv", "-o", "search/", *FIT)
    assert code == 2
    assert said in err
    assert not (tmp_path / "search").exists()
    assert not (tmp_path / "search.run").exists()
