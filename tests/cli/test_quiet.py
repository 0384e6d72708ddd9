"""A run opened in Python prints nothing but its answers."""

import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
import polars as pl
from jaxrec.runs.answer.answers import recommendations
from jaxrec.runs.answer.serving import open_run
print(len(recommendations(open_run(Path(sys.argv[1])), pl.Series(["u3"]), k=4)))
"""


def test_a_run_opened_in_a_fresh_process_recommends_without_a_warning(run):
    words = [sys.executable, "-W", "default", "-c", PROGRAM, str(run)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "4\n", "")
