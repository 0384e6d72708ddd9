"""``python -m experiments.typed_network``."""

import tyro

from experiments.typed_network.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
