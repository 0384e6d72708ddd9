"""``python -m experiments.concept_similarity``."""

import tyro

from experiments.concept_similarity.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
