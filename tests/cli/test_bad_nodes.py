"""Files of nodes that cannot be learned from end in exit code 2 and one line that says why."""

import pytest

from jaxrec.cli.main import main
from tests.tasks.planted import write

EDGES = "source,target\n" + "".join(f"a{n},a{(n + 1) % 20}\n" for n in range(20))
LABELS = "node,label\n" + "".join(f"a{n},{'ox' if n % 2 else 'hen'}\n" for n in range(20))
FEATURES = "node,x\n" + "".join(f"a{n},{n % 3}\n" for n in range(20))
GOOD = {"edges.csv": EDGES, "labels.csv": LABELS, "features.csv": FEATURES}


@pytest.fixture
def refused(tmp_path, fails, monkeypatch):
    """Trains on good files, but for those that are given, and returns the one line."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, model: str = "gcn_nodes", **texts: str) -> str:
        for name, text in (GOOD | {f"{key}.csv": text for key, text in texts.items()}).items():
            (tmp_path / name).write_text(text)
        line = fails("train", "--model", model, "--out", "run", *words)
        assert not (tmp_path / "run").exists()
        return line

    return run


ALL = ("--data", "edges.csv", "--labels", "labels.csv", "--features", "features.csv")


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({"labels": LABELS + "b7,ox\n"}, "labels 1 nodes that edges.csv lacks: unknown id 'b7'"),
        ({"labels": LABELS + "a3,hen\n"}, "labels.csv has two rows of node 'a3'; keep one"),
        ({"labels": LABELS.replace("hen", "ox")}, "labels.csv has one class, 'ox'; give nodes of"),
        ({"labels": "node,label\na1,\n"}, "labels.csv has no class; give nodes of two"),
        ({"labels": LABELS.replace("label", "what")}, "no column of classes, called label or cl"),
        ({"labels": LABELS.replace("node", "who")}, "no column of ids, called node; it has who"),
        ({"labels": "node,label\na1,ox\na2,hen\n"}, "no node is left to test, of 2 with a label"),
        ({"features": FEATURES.replace("a3,0\n", "")}, "1 of 20 nodes of edges.csv have no row"),
        ({"features": FEATURES.replace("a", "b")}, "none of 20 ids of features.csv, 'b0'"),
        ({"features": FEATURES + "a3,1\n"}, "features.csv has two rows of node 'a3'"),
        ({"edges": "source,target\na0,a0\n"}, "1 links of nodes with themselves and no other"),
    ],
)
def test_one_line_says_what_is_wrong_with_a_file(texts, told, refused):
    assert told in refused(*ALL, **texts)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (ALL[:2], "edges.csv has no classes of its nodes; give --labels FILE"),
        (("--data", "coraa"), "'coraa' is neither a file nor a known data set; did you mean cora"),
        (("--data", "cora", "--labels", "labels.csv"), "--labels is given, and cora has its own"),
        ((*ALL, "--split", "given"), "edges has no split of its own; choose rows"),
        ((*ALL, "--test-fraction", "0.99"), "the training nodes are of "),
        ((*ALL, "--dims", "0"), "--dims are 0; give widths of 1 or more"),
        ((*ALL, "--min-rating", "3"), "--min-rating is no option of gcn_nodes"),
        ((*ALL, "--negatives", "3"), "--negatives is no option of gcn_nodes"),
        ((*ALL, "--task", "ranking"), "--task is 'ranking'; gcn_nodes answers nodes"),
        ((*ALL, "--select", "recall@20"), "recall@20"),
    ],
)
def test_one_line_says_what_is_wrong_with_the_options(words, told, refused):
    assert told in refused(*words)


def test_an_option_of_nodes_is_none_of_others_and_width_is_of_pool_and_lstm(refused):
    line = refused("--data", "edges.csv", "--labels", "labels.csv", model="mf")
    assert "--labels is no option of mf; it belongs to gcn_nodes, sgc_nodes" in line
    line = refused(*ALL, "--width", "3", model="graphsage_nodes")
    assert "--width is 3, but only --aggregator pool or lstm reads it" in line


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("nodes"))
    words = ["--data", str(folder / "edges.csv"), "--labels", str(folder / "labels.csv")]
    words += ["--model", "sgc_nodes", "--epochs", "1", "--out", str(folder / "run")]
    assert main(["train", *words]) == 0
    return folder / "run"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--pairs", "p.csv"), "--pairs are of users and items, and this run classifies nodes"),
        (("--nodes", "n1", "--all"), "all say which nodes; give one of them"),
        (("--nodes", "nobody"), "unknown id 'nobody'"),
        (("--nodes", "n1", "nobody", "--strict"), "unknown id 'nobody'"),
        (("--user-column", "who"), "--user-column is of --pairs, and nodes are asked for"),
    ],
)
def test_what_cannot_be_predicted_is_refused(words, told, run, fails):
    assert told in fails("predict", str(run), *words)


def test_a_run_on_nodes_answers_no_other_question(run, fails):
    line = fails("recommend", str(run), "--all")
    assert "a run of sgc_nodes for the task nodes answers no jaxrec recommend; it has pre" in line
    assert "answers no jaxrec similar" in fails("similar", str(run), "--items", "n1")
    assert "answers no jaxrec complete" in fails("complete", str(run), "--head", "n1")
