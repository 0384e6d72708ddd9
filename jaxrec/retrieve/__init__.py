"""From representations to lists."""

from .ann import (
    KINDS as KINDS,
    TRAINABLE as TRAINABLE,
    Ann as Ann,
    faiss as faiss,
    hnsw as hnsw,
    ivf_pq as ivf_pq,
    search as search,
)
from .approximate import (
    approximate as approximate,
    list_recall as list_recall,
    tune_search_effort as tune_search_effort,
)
from .beam import write_vectors as write_vectors
from .index_file import load as load, save as save
from .inference import Catalogue as Catalogue, embed as embed, embed_new as embed_new
from .item_files import read_vectors as read_vectors, write_items as write_items
from .lists import by_cosine as by_cosine, recommend as recommend, similar as similar
from .mixtures import (
    Mixtures as Mixtures,
    budgets as budgets,
    largest as largest,
    own_means as own_means,
    retrieve as retrieve,
    shares as shares,
    smoothed as smoothed,
)
from .pinnersage import (
    Interests as Interests,
    cut as cut,
    importance as importance,
    interests as interests,
    medoids as medoids,
    pinnersage as pinnersage,
    ward as ward,
)
from .program import check_folder as check_folder, write_programs as write_programs
from .quantize import Quantized as Quantized, distortion as distortion, quantize as quantize
from .several import interleave as interleave, nearest as nearest, rows_of as rows_of
from .summaries import (
    decayed_average as decayed_average,
    k_means as k_means,
    last_item as last_item,
)
