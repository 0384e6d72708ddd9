"""From options to the links between users of a run."""

from typing import Any

from jaxrec.data import check
from jaxrec.runs.load_facts import Facts, load_facts
from jaxrec.tasks import FriendData
from jaxrec.tasks.friends import friend_data, links_of


def load_friends(options: Any, given: Facts | None = None) -> tuple[FriendData, dict[str, Any]]:
    """The links of a new run, users numbered as they appear, and what reports say about them.

    Args:
      given: what was read already, in place of ``options.data``.
    """
    facts, about = load_facts(options, given)
    about["reading"] = [line.replace("facts", "links") for line in about["reading"]]
    if again := about["counts"]["from_either_end"]:
        about["reading"][0] += f", {again:,} listed from both ends"
    data = friend_data(links_of(facts.split), facts.entity_ids)
    # Every link stands in its slice from both ends, so that either direction is found.
    findings = [found for found in check(data.split) if found.name != "test_items_unseen"]
    about["leaks"] = [_told(found.name, found.count, found.total) for found in findings]
    return data, about


def _told(name: str, count: int, total: int) -> dict[str, Any]:
    message = {
        "test_pairs_in_train": "test links also in train, in either direction",
        "valid_pairs_in_train": "validation links also in train, in either direction",
        "test_users_unseen": "users of the test without a link in train",
    }[name]
    return {"name": name, "count": count, "total": total, "message": message}
