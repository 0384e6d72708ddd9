"""Imports run one way, and long files say why they are."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1] / "jaxrec"
LAYERS = ["errors", "base", "data", "graph", "ops", "nn", "losses", "sampling", "models", "train"]
LAYERS += ["federated", "transfer", "rank", "evaluate", "retrieve", "tasks", "registry", "runs"]
LAYERS += ["search", "cli", "compiled", "start", "__main__"]


def imported_layers(path: Path):
    """Layers that a module imports, absolutely or from the package itself."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jaxrec."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "jaxrec":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("jaxrec."):
                    yield alias.name.split(".")[1]


def modules():
    return [path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py"]


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_every_module_belongs_to_a_layer():
    assert {layer_of(path) for path in modules()} <= set(LAYERS)


def test_imports_point_backwards():
    for path in modules():
        for target in imported_layers(path):
            if target in LAYERS:
                assert LAYERS.index(target) <= LAYERS.index(layer_of(path)), (
                    f"{path} imports {target}"
                )


def test_only_init_files_import_relatively():
    for path in modules():
        if path.name != "__init__.py":
            for node in ast.walk(ast.parse(path.read_text())):
                assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_the_host_side_does_not_import_jax():
    for path in modules():
        if layer_of(path) == "data":
            assert "import jax\n" not in path.read_text(), path


def test_experiments_and_benchmarks_import_what_packages_export():
    root = ROOT.parent
    for path in [*root.glob("experiments/**/*.py"), *root.glob("benchmarks/**/*.py")]:
        if path.name.startswith(("test_", "conftest")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jaxrec."):
                inner = ROOT.joinpath(*node.module.split(".")[1:])
                assert inner.is_dir() or inner.parent == ROOT, f"{path} imports {node.module}"


def test_files_above_220_lines_say_why():
    for folder in ("jaxrec", "experiments", "tests", "benchmarks", "docs"):
        for path in (ROOT.parent / folder).rglob("*.py"):
            text = path.read_text()
            if len(text.splitlines()) > 220:
                assert "long file" in (ast.get_docstring(ast.parse(text)) or ""), path
