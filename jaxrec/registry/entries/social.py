"""Models of ratings, and models that read links between users."""

from jaxrec import models
from jaxrec.federated import ego_graphs, rated_graphs
from jaxrec.registry import graphs, rating_terms, social_graphs, terms
from jaxrec.registry.model_entry import Entry, Link, OnClients
from jaxrec.tasks import CLICKS, RANKING, RATING

FRIENDS = (Link(social_graphs.SOCIAL, directed=False, also=("friends", "trust")),)

MODELS = {
    "biased_mf": Entry(
        models.biased_mf,
        graphs.of_ratings,
        (RATING,),
        rating_terms.ridged,
        from_graph=True,
        defaults={"learning_rate": 2e-3},
        on_clients=OnClients(
            rated_graphs, shares=lambda options: "the mean and the shrunken biases of all ratings"
        ),
    ),
    "mutualrec": Entry(
        models.mutualrec,
        social_graphs.of_friends,
        (RANKING,),
        terms.befriended,
        links=FRIENDS,
        friends=social_graphs.friend_towers,
        attends=models.mutualrec_attention,
    ),
    "diffnet": Entry(
        models.diffnet,
        social_graphs.of_influence,
        (RANKING, CLICKS),
        links=FRIENDS,
        attends=models.diffnet_attention,
    ),
    "graphrec": Entry(
        models.graphrec,
        social_graphs.of_opinions_alone,
        (RATING,),
        rating_terms.ridged_with_or_without_biases,
        links=FRIENDS,
        attends=models.graphrec_attention,
        from_graph=True,
        on_batches=social_graphs.predicting_others,
        defaults={"batch_size": 16384},
    ),
    "heterographrec": Entry(
        models.heterographrec,
        social_graphs.of_opinions,
        (RATING,),
        rating_terms.ridged_with_or_without_biases,
        links=FRIENDS,
        attends=models.heterographrec_attention,
        from_graph=True,
        on_batches=social_graphs.predicting_others,
        defaults={"batch_size": 16384},
    ),
    "sr_hgnn": Entry(
        models.sr_hgnn,
        social_graphs.by_level,
        (RATING,),
        terms=rating_terms.on_levels,
        links=FRIENDS,
        from_graph=True,
        on_batches=social_graphs.predicting_others,
    ),
    "fesog": Entry(
        models.fesog,
        social_graphs.of_egos,
        (RATING,),
        rating_terms.centered_or_not,
        links=FRIENDS,
        from_graph=True,
        defaults={"learning_rate": 5e-3},
        on_clients=OnClients(
            ego_graphs,
            shares=lambda options: (
                "with --center the mean and the shrunken biases of all ratings"
                if options.center
                else ""
            ),
        ),
    ),
}
