from jaxrec.data.lazy import LazyDict, map_values, merge


def counted(made, name, value):
    def make():
        made.append(name)
        return value

    return make


def test_a_value_is_made_at_its_first_lookup_and_kept():
    made = []
    values = LazyDict({name: counted(made, name, [name]) for name in "ab"})
    assert list(values) == ["a", "b"] and len(values) == 2 and "a" in values and "c" not in values
    assert repr(values) == "LazyDict of a, b" and made == []
    assert values["b"] is values["b"] and made == ["b"]
    assert values.get("c") is None and dict(values) == {"a": ["a"], "b": ["b"]}
    assert made == ["b", "a"]


def test_changes_and_unions_make_nothing_until_they_are_looked_up():
    made = []
    values = LazyDict({name: counted(made, name, n) for n, name in enumerate("ab")})
    both = merge(map_values(lambda name, n: f"{name}{n}", values), {"b": "other", "c": "more"})
    assert list(both) == ["a", "b", "c"] and made == []
    assert dict(both) == {"a": "a0", "b": "other", "c": "more"} and made == ["a"]


def test_what_could_not_be_made_is_tried_again():
    tries = []

    def make():
        tries.append(1)
        if len(tries) == 1:
            raise FileNotFoundError
        return 7

    values = LazyDict({"a": make})
    try:
        values["a"]
    except FileNotFoundError:
        assert values["a"] == 7
    assert len(tries) == 2
