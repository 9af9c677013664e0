"""First weights."""

from torch import nn


def he_normal(model):
    """Draw the weights of all convolutions from N(0, 2/(K²·O)) and return `model`: variances keep their size backwards.

    K²·O is the fan-out. NOTE: as in torchvision, it is the same for grouped convolutions, whose outputs each read fewer
    channels; normalisation makes up for it. Source: He, Zhang, Ren and Sun, arXiv 1502.01852, section 2.2.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model
