"""Models of news, by their titles."""

from jaxrec import models
from jaxrec.registry import news_graphs, terms
from jaxrec.registry.model_entry import Entry
from jaxrec.tasks import CLICKS

MODELS = {
    "gnewsrec": Entry(
        models.gnewsrec,
        news_graphs.titled,
        (CLICKS,),
        reads=("interactions", "features", "titles"),
        terms=terms.decayed_strongly,
        defaults={"batch_size": 128, "learning_rate": 5e-4, "epochs": 20, "patience": 4},
        from_graph=True,
    ),
}
