import polars as pl
import pytest

from jaxrec.data import Columns, load
from jaxrec.data.titles import guess_title


def read(folder, text, **more):
    path = folder / "x.csv"
    path.write_text(text)
    titles = load(str(path), **more).titles
    return None if titles is None else titles.to_list()


def test_names_of_users_are_no_titles_of_items(tmp_path):
    both = "user_id,name,item_id,item_name\n1,Ann,10,Tea\n2,Bob,11,Ale\n"
    assert read(tmp_path, both) == ["Tea", "Ale"]
    alone = "user_id,name,item_id\n1,Ann,10\n1,Ann,11\n2,Bob,10\n"
    assert read(tmp_path, alone) is None
    assert read(tmp_path, alone, columns=Columns(title="name")) == ["Ann", "Ann"]


def test_a_name_is_a_title_when_it_goes_with_the_item_alone(tmp_path):
    rows = "1,{0},10\n1,{1},11\n2,{0},10\n"
    assert read(tmp_path, "user,name,item\n" + rows.format("Tea", "Ale")) == ["Tea", "Ale"]
    assert read(tmp_path, "user,title,item\n" + rows.format("Tea", "")) == ["Tea", "11"]
    # One row a user: names may be theirs.
    assert read(tmp_path, "user,name,item\n1,Ann,10\n2,Bob,11\n") is None
    # An item of two titles.
    assert read(tmp_path, "user,name,item\n1,a,10\n1,b,11\n2,c,10\n") is None


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ("user movie_id movie_title title", "movie_title"),
        ("user item ProductName", "ProductName"),
        ("user track_id artist_name track_name", "track_name"),
        ("user track_id artist_name", None),
        ("user item user_name", None),
        ("user item category_name", None),
    ],
)
def test_a_title_is_of_the_thing_that_items_are(names, title):
    columns = names.split()
    frame = pl.DataFrame({name: ["a", "b"] for name in columns})
    assert guess_title(frame, {"user": columns[0], "item": columns[1]}) == title
