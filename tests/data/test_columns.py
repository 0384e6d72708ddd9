import pytest

from jaxrec.base import InputError
from jaxrec.data import Columns
from jaxrec.data.columns import _GUESSES, choose, plain_name


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("userId movieId rating timestamp", "userId movieId rating timestamp"),
        ("visitorid event itemid date", "visitorid itemid - date"),
        ("User-ID ISBN Book-Rating", "User-ID ISBN Book-Rating"),
        ("user_id user_name item_id title", "user_id item_id"),
        ("stars business_id user_id date text", "user_id business_id stars date"),
        ("customer_id sku quantity price order_ts", "customer_id sku - order_ts"),
        (
            "InvoiceNo StockCode Quantity InvoiceDate CustomerID",
            "CustomerID StockCode - InvoiceDate",
        ),
        ("clientNumber articleNo purchasedAt", "clientNumber articleNo - purchasedAt"),
        ("household_key product_id sales_value", "household_key product_id"),
        ("listenerUuid episodeId play_time listened_at", "listenerUuid episodeId - listened_at"),
        ("buyer product_sku star_rating created_at", "buyer product_sku star_rating created_at"),
        ("userId newsId created_at event_time ts", "userId newsId - ts"),
        ("userId newsId created_at event_time", "userId newsId - event_time"),
    ],
)
def test_usual_names_are_guessed(names, expected):
    roles = ["user", "item", "rating", "time", "title"]
    wanted = {r: name for r, name in zip(roles, expected.split(), strict=False) if name != "-"}
    assert choose(names.split()) == wanted


def test_spaces_and_capitals_do_not_matter():
    names = ["Customer ID", "Product Code", "Star Rating", "Ordered At"]
    assert list(choose(names).values()) == names


@pytest.mark.parametrize(
    "name",
    "price quantity qty count value amount revenue session session_id event event_id item_count "
    "watch_time play_time updated_at birth_date release_date num_users page show".split(),
)
def test_what_is_no_role_is_not_taken_for_one(name):
    assert choose(["user", "item", name]) == {"user": "user", "item": "item"}


def test_a_name_has_one_role():
    names = [name for found in _GUESSES.values() for name in found]
    assert len(names) == len(set(names))


def test_a_named_column_wins_over_the_guess():
    names = ["user", "item", "rating", "mark"]
    assert choose(names, Columns(rating="Mark"))["rating"] == "mark"
    assert "rating" not in choose(names, Columns(rating=""))


def test_without_a_header_columns_go_by_position():
    names = ["1", "2", "3", "4", "5"]
    roles = {"user": "1", "item": "2", "rating": "3", "time": "4"}
    assert choose(names, header=False) == roles
    swapped = choose(["1", "2", "3"], Columns(user="2", item="1", time="3"), header=False)
    assert swapped == {"user": "2", "item": "1", "time": "3"}


def test_typed_headers_lose_their_type():
    assert [plain_name(n) for n in ("user_id:token", '"a:b"', " x ")] == ["user_id", "a:b", "x"]


@pytest.mark.parametrize(
    ("names", "columns", "header", "named"),
    [
        (
            "a b",
            Columns(),
            True,
            ["no column for the user", "a, b", "--user-column", "--no-header"],
        ),
        ("1 20 5", Columns(), True, ["1, 20, 5", "--no-header"]),
        ("client_id account_id sku", Columns(), True, ["client_id, account_id", "--user-column"]),
        ("customer_id customer_unique_id sku", Columns(), True, ["customer_unique_id", "--user-"]),
        ("session_id sku", Columns(), True, ["no column for the user", "session_id, sku"]),
        ("user sku asin", Columns(), True, ["asin, sku", "--item-column"]),
        ("user artist_id track_id", Columns(), True, ["artist_id, track_id", "--item-column"]),
        ("user item", Columns(item="itm"), True, ["'itm'", "user, item", "--item-column"]),
        (
            "user item",
            Columns(user="user", item="user"),
            True,
            ["user='user'", "item='user'", "two roles"],
        ),
        ("user item", Columns(user=""), True, ["no column for the user"]),
        ("1 2", Columns(time="3"), False, ["'3'", "called 1 to 2"]),
        ("1", Columns(), False, ["no column for the item", "called 1 to 1"]),
    ],
)
def test_wrong_columns_are_refused(names, columns, header, named):
    with pytest.raises(InputError) as error:
        choose(names.split(), columns, header)
    assert all(word in str(error.value) for word in named) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("names", "columns", "said"),
    [
        (["user id", "user-id", "item"], Columns(user="user_id"), "'user_id' may be 'user id' and"),
        (
            ["user", "item", "Rating", "rating"],
            Columns(),
            "the rating may be any of Rating, ",
        ),
    ],
)
def test_names_that_differ_in_case_or_signs_alone_are_not_guessed_among(names, columns, said):
    with pytest.raises(InputError, match=said):
        choose(names, columns)
    assert choose(names, Columns(user=names[0], rating=names[2] if "rating" in names else ""))
