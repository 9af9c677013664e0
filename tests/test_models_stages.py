"""The map after the stem and after each stage of every network has the size that its paper gives."""

import pytest
import torch
from claims import collect, stage_shapes

from course_lib import models

STAGES = collect("STAGES")


@pytest.mark.parametrize("name", models.names())
def test_maps_have_the_sizes_of_the_paper(name):
    with torch.device("meta"):
        model = models.create(name)
    assert [child for child, _ in model.named_children()] == ["stem", "stages", "head"]
    assert isinstance(model.stages, torch.nn.Sequential) and len(model.stages) > 1
    assert stage_shapes(model, models.info(name).input_shape) == STAGES[name]
