"""Every word that the widgets' figures, sentences and errors show, in one table."""

AXES = ("height", "width")
LINES = (("row", "rows"), ("column", "columns"))
PARAMETERS = {
    "input": "input size",
    "kernel": "kernel size",
    "padding": "padding",
    "stride": "stride",
    "dilation": "dilation",
}

WORDS = {
    "size": "{0} × {1}",
    "axis": "{parameter} {axis}",
    "input": "Input {size}",
    "padded": "Input {size}, padded {padded}",
    "kernel": "Kernel {size}",
    "output": "Output {size}",
    "output_size": "output {axis} = ⌊({input} + {padding} − {dilation}·({kernel} − 1) − 1) / {stride}⌋ + 1 "
    "= {output}",
    "dropped": "The floor drops the last {lines} of the padded input (struck through).",
    "sentence": "Convolution of a {input} input with a {kernel} kernel, padding {padding}, stride {stride}, "
    "dilation {dilation}: the output is {output}.",
    # errors
    "nearest": " The nearest legal {label} is {nearest}.",
    "not_2d": "{name} must be a 2-D array of finite numbers, a size such as (5, 4), or one number for a "
    "square; got {got}.",
    "not_a_pair": "{name} must be one whole number or a (height, width) pair of them; got {got}.",
    "not_padding": 'padding must be one whole number, a (height, width) pair of them, "same" or "valid"; '
    "got {got}.",
    "range": "{label} is {value}; it must be a whole number from {min} to {max}.",
    "range_open": "{label} is {value}; it must be a whole number, {min} or more.",
    "fit": "A kernel of {kernel} {lines} with dilation {dilation} covers {extent} {lines}; the input of "
    "{input} with padding {padding} has {padded}.",
    "same_stride": 'padding="same" needs stride 1, but the stride is {stride}.',
    "cells": "An input of {input} with padding {padding} makes {cells:,} numbers to draw; the widget draws "
    "at most {most:,}.",
}
