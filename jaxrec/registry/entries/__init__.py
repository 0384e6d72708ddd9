"""Which models there are: what builds each, what it reads, and how it is trained."""

from . import items, knowledge, links, news, nodes, ranking, sessions, social

MODELS = (
    ranking.MODELS
    | knowledge.MODELS
    | social.MODELS
    | sessions.MODELS
    | items.MODELS
    | links.MODELS
    | news.MODELS
    | nodes.MODELS
)
"""Every model of ``jaxrec train --model NAME``, by name, with its ``Entry``."""
