"""One example of every widget, for the tests that hold all of them to the same looks and manners."""

from course_lib import widgets

EXAMPLES = {
    "convolution": lambda: widgets.convolution(padding=1, stride=2),
}
