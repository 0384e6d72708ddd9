"""Which models there are, and what each one reads."""

from .entries import MODELS as MODELS
from .lookup import (
    about as about,
    check_verb as check_verb,
    entry as entry,
    task_named as task_named,
    task_of as task_of,
)
from .model_entry import Entry as Entry, Link as Link
from .own import give as give, name_of as name_of, of_model as of_model
from .source import Source as Source
