"""Dropout from scratch: in training some values are set to zero, and the others grow so that the mean stays.

Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, JMLR 15, 2014. The paper leaves
training as it is and shrinks the weights in testing; the same is had by growing in training, its section 10 and the
usual way since, called inverted dropout. Here p is the share that is dropped; in the paper it is the share kept.
"""

import torch


def dropout(x, p=0.5, training=True, *, mask=None, generator=None):
    """Set each number to zero with probability `p`, multiply the others by 1/(1 − p); outside training do nothing.

    `mask`, of ones that stay and zeros, takes the place of chance; `generator` is where chance comes from. Drawn from
    the same seed on a CPU it equals `torch.nn.functional.dropout`. Raises `ValueError` if p is not in [0, 1] or the
    mask has another shape.
    """
    return _dropped(x, x.shape, p, training, mask, generator)


def dropout2d(x, p=0.5, training=True, *, mask=None, generator=None):
    """Set whole channels of N×C×H×W to zero with probability `p`; the mask has shape N×C×1×1.

    Neighbouring pixels of a map are alike, so a pixel dropped alone hides little.
    Source: Tompson et al., arXiv 1411.4280, section 3.2.
    """
    if x.dim() != 4:
        raise ValueError(f"dropout2d drops the channels of N×C×H×W, got shape {tuple(x.shape)}")
    return _dropped(x, (*x.shape[:2], 1, 1), p, training, mask, generator)


def _dropped(x, shape, p, training, mask, generator):
    if not 0 <= p <= 1:
        raise ValueError(f"the probability p of dropping must be between 0 and 1, got {p}")
    if mask is not None and mask.shape != shape:
        raise ValueError(f"the mask must have shape {tuple(shape)}, got {tuple(mask.shape)}")
    if not training or p == 0:
        return x
    if mask is None:
        mask = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - p, generator=generator)
    return x * mask / (1 - p) if p < 1 else x * 0
