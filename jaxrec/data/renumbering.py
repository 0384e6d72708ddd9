"""Other rows for users and items, of everything that a data set holds at once."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int

from jaxrec.data.dataset import Dataset
from jaxrec.data.lazy import map_values


def renumbered(
    dataset: Dataset, users: Int[np.ndarray, "U"], items: Int[np.ndarray, "I"]
) -> Dataset:
    """The data set of these users and items, in these orders; row ``r`` was ``users[r]``.

    Interactions, low-rated pairs, ids, titles, relations and features follow, the last two when
    they are looked up. Users and items that are not named leave with all that names them, so that
    this filters, too. Other entities keep their rows; ``counts`` and ``reading`` what they say.

    >>> data = Dataset.from_frame({"user": ["ann", "bob", "cid"], "item": [7, 9, 7]})
    >>> some = renumbered(data, np.array([2, 1]), np.array([0, 1]))
    >>> some.user_ids.to_list(), some.interactions.user.tolist(), some.interactions.item.tolist()
    (['cid', 'bob'], [1, 0], [1, 0])

    Raises:
      InputError: a row that is not there, or that is named twice.
    """
    rows, low, given = {"user": users, "item": items}, dataset.low_rated, dataset.given
    if given is not None:
        old = dataset.interactions
        given = given[np.isin(old.user, users) & np.isin(old.item, items)]
    return replace(
        dataset,
        interactions=dataset.interactions.renumbered(users, items),
        user_ids=dataset.user_ids.gather(users),
        item_ids=dataset.item_ids.gather(items),
        titles=None if dataset.titles is None else dataset.titles.gather(items),
        given=given,
        low_rated=None if low is None else low.renumbered(users, items),
        relations=map_values(lambda name, relation: relation.renumbered(rows), dataset.relations),
        features=map_values(
            lambda entity, frame: frame[rows[entity]] if entity in rows else frame,
            dataset.features,
        ),
    )
