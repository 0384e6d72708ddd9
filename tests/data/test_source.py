import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import Columns, load, takes_columns

ROWS = """user,item,rating,timestamp,title
b,tea,5,30,Tea
a,tea,4,20,Tea
a,tea,4,20,Tea
a,tea,3,10,Tea
a,ale,5,40,
b,ale,1,50,
c,tea,2,60,Tea
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "drinks.csv"
    path.write_text(ROWS)
    return str(path)


def triples(dataset):
    met = dataset.interactions
    users = dataset.user_ids.gather(met.user)
    return list(zip(users, dataset.item_ids.gather(met.item), met.rating, strict=True))


def test_duplicates_go_and_the_first_in_time_stays(table):
    dataset = load(table)
    assert triples(dataset) == [
        ("b", "tea", 5), ("a", "tea", 3), ("a", "ale", 5), ("b", "ale", 1), ("c", "tea", 2),
    ]  # fmt: skip
    assert dataset.counts == {"rows_read": 7, "duplicate_rows": 1, "repeated_pairs": 1}
    assert dataset.name == "drinks" and not dataset.repeats and dataset.given is None
    assert dataset.user_ids.to_list() == ["a", "b", "c"]
    assert dataset.titles.to_list() == ["ale", "Tea"]  # An item without a title goes by its id.
    assert dataset.interactions.time.tolist() == [30, 10, 40, 50, 60]


def test_repeats_can_stay(table):
    dataset = load(table, repeats="keep")
    assert len(dataset.interactions) == 6 and dataset.repeats
    assert dataset.counts["repeated_pairs"] == 1


def test_filters_run_before_the_ids(tmp_path):
    path = tmp_path / "x.csv"
    rows = [("a", 1, 5), ("a", 2, 5), ("b", 1, 4), ("b", 2, 4), ("c", 1, 5), ("b", 3, 1)]
    pl.DataFrame(rows, schema=["user", "item", "rating"], orient="row").write_csv(path)
    dataset = load(str(path), min_rating=2.0, k_core=2)
    assert dataset.user_ids.to_list() == ["a", "b"] and dataset.item_ids.to_list() == [1, 2]
    assert dataset.counts == {
        "rows_read": 6,
        "below_min_rating": 1,
        "duplicate_rows": 0,
        "repeated_pairs": 0,
        "dropped_by_k_core": 1,
    }
    np.testing.assert_array_equal(np.bincount(dataset.interactions.user), [2, 2])


def test_a_folder_keeps_its_split_and_what_its_parts_share(tmp_path):
    (tmp_path / "train.txt").write_text("0 1 2 2\n1 1\n")
    (tmp_path / "test.txt").write_text("0 2\n1 2\n")
    dataset = load(str(tmp_path))
    assert dataset.given.tolist() == [0, 0, 0, 2, 2]
    assert dataset.counts["duplicate_rows"] == 1
    with pytest.raises(InputError, match="k_core=2 would change the split"):
        load(str(tmp_path), k_core=2)


@pytest.mark.parametrize(
    ("text", "options", "named"),
    [
        (ROWS, {"min_rating": 6.0}, ["min_rating=6", "all rows", "top is 5"]),
        (ROWS, {"k_core": 9}, ["k_core=9", "all 5 interactions", "lower"]),
        (ROWS, {"k_core": -1}, ["k_core=-1", "0 for no filter"]),
        ("user,item\n1,2\n3,4\n", {"min_rating": 3.0}, ["min_rating=3", "no ratings"]),
        ("user,item\na,2\nNaN,4\n", {}, ["line 3", "'NaN' for the user", "rename"]),
        ("user,item\n1,x\n2,nan\n", {}, ["line 3", "'nan' for the item", "remove the row"]),
        ("user,item\n1,2\n1,4\n", {}, ["single user, 1", "two users and two items"]),
        ("user,item\n1,2\n3,2\n", {}, ["single item, 2", "two users and two items"]),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path, text, options, named):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load(str(path), **options)
    assert all(word in str(error.value) for word in named), error.value
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({"columns": Columns(user="u"), "header": False}, "--user-column 'u', --no-header"),
        ({"columns": Columns(rating="")}, "--rating-column ''"),
        ({"header": False}, "--no-header"),
    ],
)
def test_options_that_nothing_reads_are_refused(tmp_path, options, given):
    with pytest.raises(InputError, match=f"filmtrust is a known .* nothing reads {given}.*; leave"):
        load("filmtrust", data_dir=str(tmp_path), **options)
    for name in ("train.txt", "test.txt"):
        (tmp_path / name).write_text("0 1 2\n1 1\n")
    with pytest.raises(InputError, match=f"holds lists .* nothing reads {given}.*; leave .* tabs"):
        load(str(tmp_path), **options)


def test_only_a_table_is_said_to_have_columns_to_name(tmp_path):
    for name in ("train.txt", "test.txt"):
        (tmp_path / name).write_text("0 1 2\n1 1\n")
    (tmp_path / "x.csv").write_text("user,item\n1,2\n3,4\n")
    for source, named in ((tmp_path / "x.csv", True), (tmp_path, False)):
        assert takes_columns(str(source)) == named
        with pytest.raises(InputError, match="has no ratings; leave it out") as error:
            load(str(source), min_rating=3.0)
        assert ("--rating-column" in str(error.value)) == named
    (tmp_path / "train.txt").write_text("user\titem\n0\t1\n")
    assert takes_columns(str(tmp_path)) and not takes_columns("gowalla")


def test_a_path_that_leads_nowhere_is_no_name(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load(str(tmp_path / "none"))
    with pytest.raises(InputError, match="none.csv does not exist"):
        load("none.csv")


LABELS = "user_id,item_id,label\n1,1,1\n1,2,0\n2,1,0\n2,2,1\n"


def loaded(folder, text, **options):
    (folder / "x.csv").write_text(text)
    return load(str(folder / "x.csv"), **options)


def test_a_label_of_0_is_no_interaction(tmp_path):
    dataset = loaded(tmp_path, LABELS)
    assert triples(dataset) == [(1, 1, 1), (2, 2, 1)]
    assert dataset.counts["label_zero"] == 2 and "below_min_rating" not in dataset.counts
    assert (dataset.reading.rating, dataset.reading.zero) == ((0, 1), 2)
    above = loaded(tmp_path, LABELS, min_rating=1.0)
    assert above.counts["label_zero"] == 2 and above.counts["below_min_rating"] == 0
    everything = loaded(tmp_path, LABELS, min_rating=0.0)
    assert len(everything.interactions) == 4 and "label_zero" not in everything.counts


def test_a_scale_that_goes_down_to_0_asks_what_counts(tmp_path):
    scale = LABELS.replace("2,2,1", "2,2,-3")
    with pytest.raises(InputError) as error:
        loaded(tmp_path, scale)
    for text in ("3 of 4 ratings", "go from -3 to 1", "--min-rating, 0 for all", "--rating-column"):
        assert text in str(error.value)
    kept = loaded(tmp_path, scale, min_rating=0.0)
    assert len(kept.interactions) == 3 and kept.counts["below_min_rating"] == 1
    assert (kept.reading.zero, kept.reading.negative) == (2, 1)
    with pytest.raises(InputError, match="4 of 4 ratings"):
        loaded(tmp_path, "user,item,rating\n1,1,0\n1,2,0\n2,1,0\n2,2,0\n")
    assert len(loaded(tmp_path, scale, columns=Columns(rating="")).interactions) == 4


def test_ratings_of_true_and_false_are_labels_in_every_format(tmp_path):
    text = loaded(tmp_path, LABELS.replace(",1\n", ",True\n").replace(",0\n", ",False\n"))
    frame = pl.read_csv(tmp_path / "x.csv")
    assert frame["label"].dtype == pl.Boolean
    frame.write_parquet(tmp_path / "x.parquet")
    for dataset in (text, load(str(tmp_path / "x.parquet"))):
        assert triples(dataset) == [(1, 1, 1), (2, 2, 1)]


def test_what_was_read_is_kept(tmp_path):
    text = "user_id,price,item_id,stars,ts\n1,9,7,2,1700000000\n2,8,8,5,1700000009\n"
    reading = loaded(tmp_path, text, columns=Columns(time="ts")).reading
    assert reading.columns == {
        "user": "user_id",
        "item": "item_id",
        "rating": "stars",
        "time": "ts",
    }
    assert reading.ignored == ("price",) and reading.rating == (2, 5)
    assert reading.time == (1700000000, 1700000009) and reading.remarks == ("times: in seconds",)


def test_files_of_a_folder_that_are_not_read_are_named(tmp_path):
    for name in ("train", "test", "val"):
        (tmp_path / f"{name}.txt").write_text("0 1 2\n1 1\n")
    assert load(str(tmp_path)).reading.remarks == ("not read: val.txt",)
