"""Widgets that answer in a live kernel and on a page without one; heavy imports wait until one is made."""

from course_lib.widgets.convolution import convolution

__all__ = ["convolution"]
