"""``python -m experiments.kg_recommendation``."""

import tyro

from experiments.kg_recommendation.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
