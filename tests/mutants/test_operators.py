"""Faults that ``tests.mutants`` plants."""

import textwrap
from pathlib import Path

import pytest

import jaxrec
from tests.mutants.operators import differs, mutants


def faults(text: str) -> list[str]:
    return [found.text for found in mutants(text) if differs(text, found)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = a >= b", ["x = a > b"]),
        ("x = a not in b", ["x = a in b"]),
        ("x = a is not None", ["x = a is None"]),
        ("x = a ** b", ["x = a * b"]),
        ("x = a | b", ["x = a & b"]),
        ("x = a and b", ["x = a or b"]),
        ("x = not a", ["x = (a)"]),
        ("x = -a", ["x = (a)"]),
        ("x = True", ["x = False"]),
        ("x = 7", ["x = 8"]),
        ("x = 0.5", ["x = 1.0"]),
        ("x = a if b else c", ["x = (c if b else a)"]),
        ("x = max(a)", ["x = min(a)"]),
        ("x = np.minimum(y)", ["x = np.maximum(y)"]),
        ("x = split.valid", ["x = split.test"]),
        ("x = a[0]", ["x = a[-1]", "x = a[1]"]),
        ("x = a[b:]", ["x = a[b + 1:]"]),
        ("x = f(a, b)", ["x = f(b, a)"]),
        ("x = f(a, k=b)", ["x = f(a, )"]),
        ("if a:\n    b = 1", ["if not (a):\n    b = 1", "if a:\n    b = 2"]),
        ("x |= y", ["pass", "x &= y"]),
        ("x.append(y)", ["pass"]),
        ("x = f(x)", ["pass"]),
    ],
)
def test_each_kind_of_fault_is_one_edit(text, expected):
    assert sorted(faults(text)) == sorted(expected)


def test_names_of_one_annotation_stand_for_each_other():
    text = "def f(a: int, b: int, c: str):\n    return a"
    assert faults(text) == [text.replace("return a", "return b")]


def test_words_annotations_and_assertions_are_left_alone():
    text = '''
    """Docstring of 1 < 2."""
    import a.b
    __all__ = ["x", 1]
    x: Literal[1] = "text"
    y = f"{1 + 2}"
    z = "a" + name
    path = folder / "file"
    say(f"{1}", 2)
    raise InputError(f"{3}" + str(1 < 2))
    assert a < 1
    '''
    assert faults(textwrap.dedent(text)) == []


def test_faults_stand_on_their_line_where_text_is_not_ascii():
    found = mutants("é = 'ä'  # ü\nx = é < 1\n")
    assert [each.text for each in found if each.kind == "compare"] == ["é = 'ä'  # ü\nx = é <= 1\n"]
    assert {each.line for each in found} == {2}


@pytest.mark.parametrize(
    "name", ["data/split.py", "sampling/hops.py", "tasks/ranking/candidates.py"]
)
@pytest.mark.integration
def test_nearly_every_fault_of_a_module_is_a_program_and_another_one(name):
    text = (Path(jaxrec.__file__).parent / name).read_text()
    assert len(faults(text)) > max(30, 0.95 * len(mutants(text)))
    for fault in faults(text):
        compile(fault, name, "exec")
