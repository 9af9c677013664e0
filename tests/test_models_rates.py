"""What is dropped in training, and how fast running statistics follow, is what the papers and their code have.

No comparison of outputs notices these: dropped values are drawn anew in each pass.
"""

import pytest
import torch
from claims import collect, dropped
from torch import nn

from course_lib import models

DROPOUT = collect("DROPOUT")
# Share of each batch in the running statistics; elsewhere it is 0.1. Howard et al. 2019, section 6.1.1: a decay of 0.99
MOMENTUM = {"mobilenet_v3_large": 0.01, "mobilenet_v3_small": 0.01}


@pytest.mark.parametrize("name", models.names())
def test_a_network_drops_what_its_paper_drops_and_its_averages_follow_as_fast(name):
    with torch.device("meta"):
        model = models.create(name)
    assert dropped(model) == DROPOUT.get(name, {})
    momenta = {layer.momentum for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)}
    assert momenta <= {MOMENTUM.get(name, 0.1)}


def test_wide_networks_drop_between_the_two_convolutions_of_a_block():
    """Zagoruyko and Komodakis 2016, figure 1d."""
    with torch.device("meta"):
        block = models.create("wrn_16_4", dropout=0.3).stages.conv2[1].body
    kinds = [type(layer) for layer in block.modules() if isinstance(layer, nn.Conv2d | nn.Dropout)]
    assert kinds == [nn.Conv2d, nn.Dropout, nn.Conv2d]
