"""FeSoG's rounds over processes of this machine, with Flower (``pip install 'jaxrec[federated]'``).

    python -m jaxrec.federated.flower --data ratings.csv --social links.csv --rounds 5 --processes 2

A server and ``--processes`` processes of clients, which speak gRPC at 127.0.0.1. Each process
reads the files and keeps the ratings and friends of its own clients alone.
"""

from .fesog_rounds import Options as Options, answer_of as answer_of, prepare as prepare
from .transport import Sent as Sent, run as run
