"""``jaxrec models``: what can be trained, and where it comes from."""

from jaxrec.commands import catalogue, report
from jaxrec.commands.looking_options import ModelsOptions


def models(options: ModelsOptions) -> dict[str, tuple[str, str]]:
    """Prints every model with a line on what it is and its paper; returns them by name."""
    del options
    found = {name: catalogue.about(name) for name in catalogue.MODELS}
    for name, (what, paper) in found.items():
        report.out.print(f"{name}\n  {what}\n  {paper}", soft_wrap=True, markup=False)
    report.out.print("\njaxrec train --model NAME --help shows the options of each", markup=False)
    return found
