"""Models of items beside items."""

from jaxrec import models
from jaxrec.registry import item_graphs, terms
from jaxrec.registry.model_entry import Entry
from jaxrec.tasks import ITEM_TO_ITEM

PINSAGE = {"batch_size": 256, "learning_rate": 3e-3, "epochs": 100, "patience": 20}

MODELS = {
    "pinsage": Entry(
        models.pinsage_items,
        item_graphs.neighborhoods,
        (ITEM_TO_ITEM,),
        reads=("interactions", "features"),
        terms=terms.decayed,
        on_batches=item_graphs.around_batches,
        defaults=PINSAGE,
        from_graph=True,
        with_new_items=item_graphs.with_new_items,
    ),
}
