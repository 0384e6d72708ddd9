"""``python -m experiments.lastfm_social``."""

import tyro

from experiments.lastfm_social.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
