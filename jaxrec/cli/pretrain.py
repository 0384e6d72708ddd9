"""``jaxrec pretrain``: an encoder of structure, for models of another domain to start from."""

import math
import shlex

from jaxrec.cli import report
from jaxrec.runs.pretrain.options import PretrainOptions
from jaxrec.runs.pretrain.pretraining import Pretrained, pretrain as pretrain_encoder


def pretrain(options: PretrainOptions) -> Pretrained:
    """Pretrains and writes an encoder, prints its loss; returns what was made.

    Raises:
      InputError: anything the user can repair, before any training.
    """
    found = pretrain_encoder(options)
    loss, chance = found.config["loss"], math.log(options.batch_size)
    folder = shlex.quote(str(found.folder))
    report.out.print(
        f"Contrastive loss: {loss['first']:.4f} in the first step, {loss['last']:.4f} over the "
        f"last tenth; a guess among {options.batch_size} is {chance:.4f}\n"
        f"Next: jaxrec train --data FILE --dim {options.dim} --start-from {folder}",
        soft_wrap=True,
        markup=False,
    )
    return found
