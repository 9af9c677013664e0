"""One example of every widget, for the tests that hold all of them to the same looks and manners."""

import architecture_profiles
import explainer_networks
import training_runs

from course_lib import widgets

EXAMPLES = {
    "activation": lambda: widgets.activation(),
    "architecture": architecture_profiles.example,
    "batchnorm": lambda: widgets.batchnorm(),
    "convolution": lambda: widgets.convolution(padding=1, stride=2),
    "deformable": lambda: widgets.deformable((6, 7), offset=[0.4, -0.3, 0.6, -0.4, 0.5, -0.2] * 3),
    "explainer": lambda: explainer_networks.example(),
    "receptive_field": lambda: widgets.receptive_field("lenet5", layer="s4"),
    "shuffle": lambda: widgets.shuffle(12, 3, channel=(3, 4)),
    "training": lambda: training_runs.example(),
    "upsampling": lambda: widgets.upsampling("transposed", (3, 4), 3, padding=1),
    "volume": lambda: widgets.volume(
        (3, 4, 5), (2, 3, 3), padding=(1, 0, 1), bias=2, cell=("output", 1, 1, 2)
    ),
}
