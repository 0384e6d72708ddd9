"""Which models there are, and what each one reads."""

from .entries import (
    MODELS as MODELS,
    Entry as Entry,
    Link as Link,
    about as about,
    check_verb as check_verb,
    entry as entry,
    task_of as task_of,
)
from .source import Source as Source
