"""Configuration of Sphinx. The site is built by ``sphinx-build -W docs docs/_build``."""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext")]

import generated  # noqa: E402

import jaxrec  # noqa: E402

project, author, copyright = "jaxrec", "the jaxrec authors", "the jaxrec authors, Apache-2.0"
version = release = jaxrec.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "myst_nb"]
# The build leaves executed notebooks beside its output, which a second build must not read.
exclude_patterns = ["_build", "_ext", "jupyter_execute", ".jupyter_cache", "**/.ipynb_checkpoints"]
html_theme, html_title = "furo", f"jaxrec {version}"
nitpicky = True
# Types of other libraries have no page here, and are not looked up: the build needs no network.
# Nor have types that no package exports, which signatures name by the module that defines them.
nitpick_ignore_regex = [(r"py:.*", r"(?!jaxrec\.).*"), (r"py:class", r"jaxrec(\.\w+){3,}")]

default_role = "code"
autodoc_typehints_format = "short"
autodoc_class_signature = "separated"
autodoc_inherit_docstrings = False
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120


def write_generated() -> None:
    """Writes what has changed, so that a second build reads only that."""
    pages = generated.reference() | generated.models() | generated.commands()
    pages |= generated.experiments()
    for name, text in pages.items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def skip_fields(app, what, name, value, skip, options):
    """Leaves out fields of a NamedTuple, which ``Attributes`` of its docstring describes."""
    return True if type(value).__name__ == "_tuplegetter" else None


def plain_types(app, what, name, value, options, signature, returns):
    """Writes array types as the code has them, ``Float[Array, 'B C']``."""
    short = lambda text: (
        text and text.replace("jaxlib._jax.Array", "Array").replace("numpy.ndarray", "np.ndarray")
    )
    return short(signature), short(returns)


def link_experiments(app, name, source) -> None:
    """Links to experiments lead to their pages."""
    source[0] = generated.to_pages(source[0])


def setup(app) -> None:
    """Connects the hooks."""
    write_generated()
    app.connect("source-read", link_experiments)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("autodoc-process-signature", plain_types)
