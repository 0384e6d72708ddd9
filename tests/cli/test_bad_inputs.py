"""Everything a user can repair ends in exit code 2 and one line that says how."""

import pytest

FILES = {
    "empty": "",
    "header_only": "user,item\n",
    "wrong_columns": "buyer_name,thing\n1,2\n",
    "text_rating": "user,item,rating\n1,2,5\n1,3,good\n",
    "nan_rating": "user,item,rating\n1,2,5\n1,3,NaN\n",
    "infinite_rating": "user,item,rating\n1,2,inf\n1,3,4\n",
    "missing_user": "user,item\n1,2\n,3\n",
    "ragged": "user,item\n1,2\n1,2,3,4\n",
    "one_user": "user,item\n" + "".join(f"1,{item}\n" for item in range(50)),
    "one_item": "user,item\n" + "".join(f"{user},1\n" for user in range(50)),
    "nothing_to_test": "user,item\n" + "".join(f"{user},{user % 7}\n" for user in range(50)),
    "too_few": "user,item\n" + "".join(f"{n // 5},{n % 7}\n" for n in range(50)),
}

FEW = ["--k", "3", "--select", "recall@3", "--batch-size", "4"]
TABLE = [
    ("empty", [], ["empty.csv", "empty"]),
    ("header_only", [], ["header_only.csv", "header"]),
    ("wrong_columns", [], ["buyer_name", "--user-column"]),
    ("text_rating", [], ["text_rating.csv", "good", "3"]),
    ("nan_rating", [], ["nan_rating.csv", "3"]),
    ("infinite_rating", [], ["infinite_rating.csv", "2"]),
    ("missing_user", [], ["missing_user.csv", "3"]),
    ("ragged", [], ["ragged.csv", "3"]),
    ("one_user", [], ["user"]),
    ("one_item", [], ["item"]),
    ("nothing_to_test", [], ["test"]),
    ("too_few", ["--k", "3", "--select", "recall@3", "--batch-size", "0"], ["--batch-size is 0"]),
    ("too_few", ["--k", "8", "--select", "recall@8", "--batch-size", "4"], ["8", "7 items"]),
    ("too_few", ["--model", "lightgnc"], ["lightgnc", "did you mean lightgcn"]),
    ("too_few", ["--candidates", "band", *FEW], ["--band is 2000 5000", "7 items"]),
    ("too_few", ["--select", "recall@7"], ["recall@7", "recall@20"]),
    ("too_few", ["--test-fraction", "1.5"], ["1.5"]),
    ("too_few", ["--alpha", "1", "2"], ["alpha", "4"]),
    ("too_few", ["--dim", "0"], ["--dim"]),
    ("too_few", ["--split", "time"], ["time"]),
    ("too_few", ["--min-rating", "3"], ["rating"]),
    ("too_few", ["--k-core", "100"], ["100"]),
    ("too_few", ["--split", "ranodm"], ["--split", "random"]),
    ("too_few", ["--epochz", "3"], ["--epochz"]),
    ("too_few", ["--learning-rate", "0"], ["--learning-rate"]),
    ("too_few", ["--resume"], ["--out"]),
    ("too_few", ["--prior", "nan"], ["--prior is nan"]),
    ("too_few", ["--log-q", "0.5"], ["--log-q is 0.5", "softmax"]),
    (
        "too_few",
        ["--valid-fraction", "0", "--patience", "1", *FEW],
        ["--patience is 1, but without"],
    ),
    (
        "too_few",
        ["--valid-fraction", "0", "--validate-every", "3", *FEW],
        ["--validate-every is 3, but without a validation slice nothing reads it"],
    ),
    ("too_few", ["--loss", "softmax", "--log-q", "-1"], ["--log-q -1"]),
    ("too_few", ["--model", "lightgcn_item", "--recency", "0"], ["recency is 0"]),
]


@pytest.mark.parametrize(("name", "words", "said"), TABLE)
def test_bad_input_is_one_line_and_writes_nothing(name, words, said, tmp_path, fails, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"{name}.csv"
    path.write_text(FILES[name])
    line = fails("train", "--data", str(path), *words)
    for text in said:
        assert text in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("model", "words", "said"),
    [
        ("simgcl", ["--contrast-weight", "-1"], "--contrast-weight is -1.0; give a number of 0"),
        ("xsimgcl", ["--contrast-weight", "nan"], "--contrast-weight is nan; give a number of 0"),
        ("simgcl", ["--contrast-temperature", "0"], "--contrast-temperature is 0.0; give a num"),
        ("simgcl", ["--eps", "inf"], "eps is inf"),
        ("bgcf", ["--distance-weight", "-5"], "--distance-weight is -5.0; give a number of 0"),
        ("mf", ["--l2", "inf"], "--l2 inf"),
        ("mf", ["--learning-rate", "inf"], "--learning-rate is inf"),
        (
            "mf",
            ["--candidates", "popularity", "--popularity-power", "-1"],
            "--popularity-power is -1.0; give 0 (uniform)",
        ),
        ("gf_cf", ["--low-pass", "nan"], "low_pass is nan"),
        ("ease", ["--l2", "inf"], "l2 is inf"),
        ("item_knn", ["--shrink", "inf"], "shrink inf"),
        ("mf", ["--negatives", "7", "--candidates", "all"], "--negatives is 7, but only --candid"),
        ("mf", ["--margin", "3"], "--margin is 3.0, but only --loss max_margin reads it"),
        (
            "mf",
            ["--loss", "softmax", "--candidates", "all", "--log-q", "0"],
            "only --loss softmax with --candidates other than all reads it",
        ),
        ("mf", ["--popularity-power", "1"], "only --candidates popularity reads it"),
        ("graphsage", ["--width", "5"], "only --aggregator pool or lstm reads it"),
        ("graphsage", ["--aggregator", "pool", "--propagation", "bcsr"], "--propagation is bcsr"),
        ("biased_mf", ["--k", "5", "9"], "--k is 5 9, but only a task that measures"),
        ("mf", ["--curriculum", "1"], "only --candidates band reads it"),
        ("mf", ["--candidates", "band", "--band", "5", "5"], "--band is 5 5; give 0 or more and a"),
        ("mf", ["--candidates", "band", "--curriculum", "1"], "--curriculum is 1 of --negatives 1"),
        ("mf", ["--candidates", "band", "--loss", "softmax"], "draws none of the catalogue's easy"),
        ("mf", ["--loss", "softmax", "--negatives", "4", "--hardest", "1"], "--hardest keeps"),
    ],
)
def test_values_out_of_range_are_refused_before_data_are_read(model, words, said, fails):
    assert said in fails("train", "--data", "nowhere.csv", "--model", model, *words)


def test_a_missing_file_is_named(fails):
    assert "nowhere.csv" in fails("train", "--data", "nowhere.csv")


def test_an_unknown_data_set_brings_the_nearest_name(fails):
    assert "gowalla" in fails("train", "--data", "gowala")


def test_a_data_set_that_is_not_there_says_where_it_was_sought(fails, tmp_path):
    line = fails("train", "--data", "gowalla", "--data-dir", str(tmp_path))
    assert str(tmp_path) in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["recommend", "RUN"], "--users"),
        (["recommend", "RUN", "--users", "u1", "--all"], "--users"),
        (["recommend", "RUN", "--users", "u1", "nobody", "--strict"], "nobody"),
        (["recommend", "RUN", "--users", "u1", "--k", "41"], "40 items"),
        (["recommend", "RUN", "--users", "u1", "--k", "0"], "0"),
        (["recommend", "RUN", "--all", "--out", "lists.doc"], ".parquet"),
        (["recommend", "RUN", "--users-file", "nowhere.txt"], "nowhere.txt"),
        (["recommend", "nowhere", "--all"], "nowhere"),
        (["similar", "RUN", "--items", "ä1", "ö1", "--strict"], "ö1"),
        (["similar", "RUN", "--items", "ä1", "--k", "400"], "40 items"),
        (["evaluate", "RUN", "--k", "50"], "40 items"),
        (["evaluate", "nowhere"], "nowhere"),
        (["inspect", "nowhere.csv"], "nowhere.csv"),
        (["recomend"], "recommend"),
    ],
)
def test_bad_questions_are_one_line(run, fails, words, said):
    assert said in fails(*(str(run) if word == "RUN" else word for word in words))
