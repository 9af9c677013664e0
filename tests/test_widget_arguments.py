"""Arguments of widgets: what counts as one, and the sentence for what does not."""

import math

import numpy as np
import pytest
import torch

from course_lib.widgets import arguments


@pytest.mark.parametrize("value", [3, np.int64(3), torch.tensor(3)])
def test_whatever_counts_as_a_whole_number_becomes_an_int(value):
    found = arguments.whole(value, "size", 1, 5)
    assert found == 3 and type(found) is int


@pytest.mark.parametrize("value", [2.5, np.float32(2.5), torch.tensor(2.5, requires_grad=True)])
def test_whatever_counts_as_a_number_becomes_a_float(value):
    found = arguments.number(value, "x", 0, 5)
    assert found == 2.5 and type(found) is float


@pytest.mark.parametrize(
    "value, rest",
    [
        (9, " The nearest legal size is 5."),
        (-1, " The nearest legal size is 1."),
        (2.4, " The nearest legal size is 2."),
        (10**400, " The nearest legal size is 5."),
        (-(10**400), " The nearest legal size is 1."),
        (math.inf, " The nearest legal size is 5."),
        (math.nan, ""),
        (True, ""),
        (np.True_, ""),
        ("3", ""),
        (None, ""),
        ([1, 2], ""),
    ],
)
def test_a_number_out_of_range_is_told_with_the_nearest_legal_one(value, rest):
    with pytest.raises(ValueError) as caught:
        arguments.whole(value, "size", 1, 5)
    text = str(caught.value)
    assert text.startswith("size is ") and text.endswith(f"it must be a whole number from 1 to 5.{rest}")


def test_one_of_several_texts_or_the_nearest():
    assert arguments.choice("relu", "function", ["relu", "elu"]) == "relu"
    for wrong in ("rellu", 3, None, ["relu"]):
        with pytest.raises(
            ValueError, match='^function is .+; it must be one of "relu", "elu". The nearest legal'
        ):
            arguments.choice(wrong, "function", ["relu", "elu"])


def test_true_and_false_are_themselves_and_no_number_is():
    assert arguments.flag(np.bool_(True), "flip") is True and arguments.flag(False, "flip") is False
    for wrong, nearest in ((1, True), (0, False), ("no", False), (None, False)):
        with pytest.raises(ValueError, match=f"one of True, False. The nearest legal flip is {nearest}.$"):
            arguments.flag(wrong, "flip")


@pytest.mark.parametrize(
    "wrong",
    [
        [[1, 2], [3]],
        [[math.nan]],
        [["1"]],
        None,
        object(),
        torch.ones(2, dtype=torch.bfloat16),
        torch.ones(2).to_sparse(),
        [torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)],
    ],
)
def test_what_is_no_array_of_finite_numbers_is_none(wrong):
    assert arguments.numbers(wrong) is None


def test_lists_arrays_and_tensors_are_arrays():
    for value in ([[1, 2]], np.array([[1, 2]]), torch.tensor([[1.0, 2.0]], requires_grad=True)):
        np.testing.assert_array_equal(arguments.numbers(value), [[1, 2]])
