"""Options of runs on links between users; field docstrings are the help."""

import dataclasses
from typing import Annotated, Literal

import tyro


@dataclasses.dataclass(frozen=True)
class RunOfFriends:
    """Trains a model on links between users, measures it and writes a run folder.

    With a file of yours, of two columns of user ids:

    jaxrec train --task friends --model lightgcn --data friends.csv
    """

    data: Annotated[str, tyro.conf.arg(aliases=["--social"])] = "lastfm-social"
    """A file of two columns, the users at both ends of every link (text, Parquet or JSON lines), or
    the name of a data set with such links. Links count in both directions."""
    split: Literal["auto", "rows", "given"] = "auto"
    """How the test slice is chosen: a random share of all links ('rows'), or the split of the data
    ('given'). 'auto' is given if there is one. A link is in its slice from both ends."""
    test_fraction: float = 0.2
    """Share of links in the test slice (rows)."""
    valid_fraction: float = 0.1
    """Share of the training links held out to choose the epoch; 0 chooses the last."""
    valid: Annotated[Literal["auto"], tyro.conf.Suppress] = "auto"
    """How the validation slice is chosen: at random, unless the data have one."""
