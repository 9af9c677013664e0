"""Widgets that answer in a live kernel and on a page without one; heavy imports wait until one is made."""

from course_lib.widgets.activation import activation
from course_lib.widgets.architecture import architecture
from course_lib.widgets.batchnorm import batchnorm
from course_lib.widgets.convolution import convolution
from course_lib.widgets.deformable import deformable
from course_lib.widgets.explainer import explainer
from course_lib.widgets.receptive_field import receptive_field
from course_lib.widgets.shuffle import shuffle
from course_lib.widgets.training import training
from course_lib.widgets.upsampling import upsampling
from course_lib.widgets.volume import volume

__all__ = [
    "activation",
    "architecture",
    "batchnorm",
    "convolution",
    "deformable",
    "explainer",
    "receptive_field",
    "shuffle",
    "training",
    "upsampling",
    "volume",
]
