"""Runs a verb of the command line: reads its options and calls what does the work."""

import dataclasses
import importlib
from pathlib import Path
from typing import Any

from jaxrec.cli.options import completing, launching, looking, serving
from jaxrec.cli.options.by_model import check_words, inspect_kind
from jaxrec.cli.parsing import parse, said
from jaxrec.runs.model_options import kind as train_kind, options_of
from jaxrec.runs.options import RunOptions
from jaxrec.runs.pretrain.options import PretrainOptions
from jaxrec.runs.store.run_folder import read_config
from jaxrec.search.options import tune_kind
from jaxrec.train import hosts

MODULES = {
    "train": "cli.train",
    "pretrain": "cli.pretrain",
    "evaluate": "cli.evaluate",
    "recommend": "cli.recommend",
    "similar": "cli.recommend",
    "predict": "cli.predict",
    "complete": "cli.complete",
    "explain": "cli.explain",
    "export": "cli.export",
    "embed": "cli.embed",
    "tune": "cli.tune",
    "compare": "cli.compare",
    "report": "cli.report_page",
    "launch": "cli.launch",
    "models": "cli.models",
    "inspect": "cli.inspect",
}
OPTIONS = {
    "pretrain": PretrainOptions,
    "evaluate": looking.EvaluateOptions,
    "recommend": serving.RecommendOptions,
    "similar": serving.SimilarOptions,
    "predict": serving.PredictOptions,
    "complete": completing.CompleteOptions,
    "explain": serving.ExplainOptions,
    "export": serving.ExportOptions,
    "embed": serving.EmbedOptions,
    "compare": looking.CompareOptions,
    "report": looking.ReportOptions,
    "launch": launching.LaunchOptions,
    "models": looking.ModelsOptions,
}


def run(command: str, words: list[str]) -> int:
    """Runs a verb; returns the exit code.

    Raises:
      InputError: anything the user can repair.
    """
    function = getattr(importlib.import_module(f"jaxrec.{MODULES[command]}"), command)
    if command == "launch":  # Its words end where those of the launched command begin.
        end = words.index("train") if "train" in words else len(words)
        return function(parse(OPTIONS[command], "jaxrec launch", words[:end], {}), words[end:])
    if command == "train":
        return _train(function, words)
    model = said("--model", words) or RunOptions.model
    kind = OPTIONS.get(command)
    if command == "tune":
        kind = tune_kind(model, said("--task", words))
    if command == "inspect":
        kind = inspect_kind(model)
    assert kind is not None
    function(parse(kind, f"jaxrec {command}", words, {}))
    return 0


def _train(train: Any, words: list[str]) -> int:
    hosts.join()
    stored, given = hosts.from_first(lambda: _started(words)), {}
    model = said("--model", words) or (stored or {}).get("model") or RunOptions.model
    task = said("--task", words)
    if stored is not None and stored["model"] == model:
        given, task = {"default": options_of(**stored)}, task or stored["task"]
    kind = train_kind(model, task)
    check_words(model, words, task)
    train(parse(kind, "jaxrec train", words, given))
    return 0


def _started(words: list[str]) -> dict[str, Any] | None:
    """The stored options of the run to resume, which are the defaults of what is not said."""
    out = said("--out", words) if "--resume" in words else None
    return dataclasses.asdict(read_config(Path(out))[0]) if out is not None else None
