"""Every word that the convolution widget's figures, sentences and errors show, in one table."""

AXES = ("height", "width")
LINES = (("row", "rows"), ("column", "columns"))
PARAMETERS = {
    "input": "input size",
    "kernel": "kernel size",
    "padding": "padding",
    "stride": "stride",
    "dilation": "dilation",
    "output_padding": "output padding",
    "output_size": "output size",
    "channels": "channels",
    "filters": "filters",
}
OPERATIONS = {
    "conv2d": "Convolution",
    "conv_transpose2d": "Transposed convolution",
    "max_pool2d": "Max pooling",
    "avg_pool2d": "Average pooling",
    "adaptive_max_pool2d": "Adaptive max pooling",
    "adaptive_avg_pool2d": "Adaptive average pooling",
}

WORDS = {
    "size": "{0} × {1}",
    "axis": "{parameter} {axis}",
    "input": "Input {size}",
    "padded": "Input {size}, padded {padded}",
    "kernel": "Kernel {size}",
    "output": "Output {size}",
    "part": "Part of channel {channel}",
    "bias": "Bias",
    "relu": "ReLU {size}",
    "parts": "Sum of the parts. ",
    "parts_and_bias": "Sum of the parts + bias",
    "of_channel": "Channel {channel}: ",
    "of_filter": "Filter {filter} of {filters}: ",
    "output_size": "output {axis} = ⌊({input} + {padding} − {dilation}·({kernel} − 1) − 1) / {stride}⌋ + 1 "
    "= {output}",
    "transposed_size": "output {axis} = ({input} − 1)·{stride} − {padding} + {dilation}·({kernel} − 1) + "
    "{output_padding} + 1 = {output}",
    "adaptive_size": "output {axis} = {output}: window i runs from ⌊i·{input} / {output}⌋ to "
    "⌈(i + 1)·{input} / {output}⌉",
    "dropped": "The floor drops the last {lines} of the padded input (struck through).",
    "sentence": "{operation} of a {input} input with a {kernel} kernel, padding {padding}, stride {stride}, "
    "dilation {dilation}{more}: the output is {output}.",
    "sentence_pool": "{operation} of a {input} input with a {kernel} window, padding {padding}, stride {stride}"
    "{more}: the output is {output}.",
    "sentence_adaptive": "{operation} of a {input} input{more}: the output is {output}.",
    "channel_count": "{channels} × {size}",
    # errors
    "nearest": " The nearest legal {label} is {nearest}.",
    "not_2d": "{name} must be a 2-D array of finite numbers, a size such as (5, 4), or one number for a "
    "square; with channels, an array of torch's shape or its size; got {got}.",
    "not_a_pair": "{name} must be one whole number or a (height, width) pair of them; got {got}.",
    "not_padding": "padding must be one whole number, a (height, width) pair of them, ((top, bottom), (left, "
    'right)), "same" or "valid"; got {got}.',
    "not_choice": "{name} must be one of {names}; got {got}.",
    "not_groups": "groups must be a whole number, 1 or more; got {got}.",
    "not_bias": "bias must be None, True or a list of {filters} finite numbers, one for each filter; got {got}.",
    "not_grad_output": "grad_output must be None or an array of finite numbers of the output's shape {shape}; "
    "got {got}.",
    "channels": "With {channels} input channels and groups={groups} the kernel must have shape {expected}; got "
    "{got}.",
    "range": "{label} is {value}; it must be a whole number from {min} to {max}.",
    "range_open": "{label} is {value}; it must be a whole number, {min} or more.",
    "count": "There are {value} {name}; the widget takes from 1 to {max}.",
    "groups": "groups={groups} must divide both the {channels} channels and the {filters} filters.",
    "fit": "A kernel of {kernel} {lines} with dilation {dilation} covers {extent} {lines}; the input of "
    "{input} with padding {padding} has {padded}.",
    "same_stride": 'padding="same" needs stride 1, but the stride is {stride}.',
    "sides": 'torch\'s {operation} takes one padding for both sides, and no "same".',
    "mode": 'padding_mode="{mode}" can add at most {most} {lines} on each side of an input of {input}; the '
    "padding is {padding}.",
    "half": "The padding of a pool is at most half of its window, here {half}; it is {padding}.",
    "output_padding": "output_padding must be smaller than the stride {stride} or the dilation {dilation}; it is "
    "{extra}.",
    "small": "Padding {padding} cuts the output of this transposed convolution down to {output} {lines}.",
    "cells": "An input of {input} with padding {padding} makes {cells:,} numbers to draw; the widget draws "
    "at most {most:,}.",
}
