"""The businesses of yelp-hin, as its reader names them."""

import polars as pl

from jaxrec.data.known_graphs import _yelp_links


def test_businesses_are_listed_once_in_the_order_of_the_file(tmp_path):
    order = [str(n * 7919 % 1009) for n in range(1009)] * 2
    rows = "".join(f"{row}\t{item}\t1\n" for row, item in enumerate(order))
    (tmp_path / "user_business.dat").write_text(rows)
    links = _yelp_links(tmp_path)
    assert links["item"].to_list() == order[:1009]
    assert links["entity"].equals("business " + pl.Series("entity", order[:1009]))
