"""Models of ratings, and models that read links between users."""

from jaxrec import models
from jaxrec.registry import graphs, social_graphs, terms
from jaxrec.registry.model_entry import Entry, Link
from jaxrec.tasks import RANKING, RATING

FRIENDS = (Link(social_graphs.SOCIAL, directed=False, also=("friends", "trust")),)

MODELS = {
    "biased_mf": Entry(
        models.biased_mf, graphs.of_ratings, (RATING,), defaults={"l2": 0.2, "learning_rate": 2e-3}
    ),
    "mutualrec": Entry(
        models.mutualrec, social_graphs.of_friends, (RANKING,), terms.befriended, links=FRIENDS
    ),
    "heterographrec": Entry(
        models.heterographrec,
        social_graphs.of_opinions,
        (RATING,),
        links=FRIENDS,
        from_graph=True,
        defaults={"batch_size": 16384, "l2": 0.2},
    ),
    "sr_hgnn": Entry(
        models.sr_hgnn,
        social_graphs.by_level,
        (RATING,),
        terms=terms.on_levels,
        links=FRIENDS,
        from_graph=True,
        defaults={"l2": 0.2},
    ),
    "fesog": Entry(
        models.fesog,
        social_graphs.of_egos,
        (RATING,),
        links=FRIENDS,
        from_graph=True,
        defaults={"l2": 0.2, "learning_rate": 5e-3},
    ),
}
