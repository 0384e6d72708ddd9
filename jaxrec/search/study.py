"""The trials of a search: what ran, and what to try next."""

import math
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from jaxrec.base import InputError
from jaxrec.data import atomic
from jaxrec.runs.fit.trial import Found
from jaxrec.runs.store.files import ELSEWHERE
from jaxrec.search.space import Space

ENDS = ("complete", "pruned", "diverged", "refused")
STARTUP = 5
"""Completed trials before any is pruned."""


def optuna() -> Any:
    """The package, quiet.

    Raises:
      InputError: it is not installed.
    """
    try:
        import optuna as package
    except ImportError as error:
        raise InputError("jaxrec tune needs optuna: pip install 'jaxrec[tune]'") from error
    package.logging.set_verbosity(package.logging.WARNING)
    return package


class Study:
    """Optuna's study in a file of ``folder``, which may hold trials already."""

    def __init__(self, folder: Path, settings: Any, space: Space, lower_is_better: bool = False):
        """Opens the study, or begins it.

        Raises:
          InputError: its file is broken, or cannot be written.
        """
        self.folder, self.space, self._settings = folder, space, settings
        self._optuna = optuna()
        warm_up = getattr(settings, "epochs", 0) // 10
        pruner = self._optuna.pruners.MedianPruner(STARTUP, warm_up)
        journal = self._optuna.storages.journal
        path = str(folder / "study.journal")
        try:
            _mend(folder / "study.journal")
            lock = journal.JournalFileOpenLock(path)
            storage = self._optuna.storages.JournalStorage(journal.JournalFileBackend(path, lock))
            self._study = self._optuna.create_study(
                study_name="jaxrec",
                storage=storage,
                pruner=pruner,
                direction="minimize" if lower_is_better else "maximize",
                load_if_exists=True,
            )
        except OSError as error:
            raise InputError(atomic.refusal(Path(path), error, ELSEWHERE)) from error
        except (ValueError, KeyError) as error:
            raise InputError(f"{path} is broken ({error}); choose another --out") from error

    def rows(self) -> list[dict[str, Any]]:
        """Every finished trial, in order: trial, state, value, epoch, seconds and what it tried.

        The value is the best validation, or None where there was none.
        """
        trials = self._study.get_trials(deepcopy=False)
        told = (trial.user_attrs for trial in trials if trial.state.is_finished())
        return [{"trial": number} | row for number, row in enumerate(told, start=1)]

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A new trial and what it is to try, which depends on the seed and finished ones alone."""
        seeds = np.random.SeedSequence([self._settings.seed, len(self.rows())])
        seed = int(seeds.generate_state(1)[0])
        # A liar would count the trial that a kill left running.
        sampler = self._optuna.samplers.TPESampler(seed=seed, constant_liar=False)
        self._study.sampler = sampler
        trial = self._study.ask()
        return trial, {name: over.suggest(trial, name) for name, over in self.space.items()}

    def report(self, trial: Any, epoch: int, value: float) -> bool:
        """Notes a validation; returns whether the trial is to stop."""
        trial.report(value, epoch)
        return self._settings.prune and bool(trial.should_prune())

    def tell(
        self, trial: Any, state: str, tried: dict[str, Any], found: Found, seconds: float
    ) -> None:
        """Ends a trial; one that was not completed counts as worse than all that were."""
        assert state in ENDS
        value = found.value if math.isfinite(found.value) else None
        row = {"state": state, "value": value, "epoch": found.epoch, "seconds": round(seconds, 3)}
        for name, told in (row | {"tried": tried}).items():
            trial.set_user_attr(name, told)
        states = self._optuna.trial.TrialState
        if state == "complete":
            self._study.tell(trial, found.value)
        else:
            self._study.tell(trial, state=states.PRUNED)

    def importance(self) -> dict[str, float]:
        """Each option's share in what tells good trials from others; empty when few are known.

        PED-ANOVA: Watanabe, Bansal & Hutter, PED-ANOVA: efficiently quantifying hyperparameter
        importance in arbitrary subspaces, IJCAI 2023.
        """
        values = [row["value"] for row in self.rows() if row["state"] == "complete"]
        if len(values) < 2 * STARTUP or len(set(values)) < 2 or len(self.space) < 2:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", self._optuna.exceptions.ExperimentalWarning)
            evaluator = self._optuna.importance.PedAnovaImportanceEvaluator()
            shares = self._optuna.importance.get_param_importances(self._study, evaluator=evaluator)
        return {name: round(float(share), 4) for name, share in shares.items()}


def _mend(path: Path) -> None:
    """Drops a last line that a kill left half written; optuna would write the next behind it."""
    if path.exists() and (written := path.read_bytes()) and not written.endswith(b"\n"):
        os.truncate(path, written.rfind(b"\n") + 1)
