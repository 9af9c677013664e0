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


REFUSAL = ValueError("size must be one whole number or a pair of them.")


@pytest.mark.parametrize("value", [3, [3], np.int64(3), np.array(3), torch.tensor([3]), [torch.tensor(3)]])
def test_whatever_counts_as_one_whole_number_stands_for_a_pair(value):
    found = arguments.pair(value, REFUSAL)
    assert found == [3, 3] and type(found[0]) is int


def test_a_finite_number_of_a_kept_type_stays_for_its_judge():
    assert arguments.pair((1, 2.5), REFUSAL) == [1, 2.5]
    assert arguments.pair(torch.tensor(2.5, requires_grad=True), REFUSAL) == [2.5, 2.5]
    assert arguments.wholes((True, 2, 0.5), (3,), REFUSAL, kept=(bool, float)) == [True, 2, 0.5]


@pytest.mark.parametrize(
    "wrong",
    [(1, 2, 3), [], "3", None, True, (1, np.True_), math.nan, (1, math.inf), [[1, 2]], {1: 2}, 1j,
     torch.ones(2, 2).to_sparse()],
)  # fmt: skip
def test_what_is_no_number_or_pair_is_refused(wrong):
    with pytest.raises(ValueError, match=f"^{REFUSAL}$"):
        arguments.pair(wrong, REFUSAL)


def test_values_are_taken_as_they_are_and_a_size_is_filled_by_a_rule():
    for given, axes, counts, expected in (
        ([[1, 2]], 2, None, [[1, 2]]),
        (torch.ones(1, 2, 1), 3, None, [[[1], [1]]]),
        ((1, 2), 2, (2,), [[0, 1]]),
        (2, 2, None, [[0, 1], [10, 11]]),
    ):
        values, shape = arguments.values_or_size(given, axes, REFUSAL, counts)
        assert shape == list(np.shape(expected))
        assert arguments.filled(lambda *place: 10 * place[0] + place[-1], shape, values) == expected
    for wrong, axes, counts in (([[1], [2, 3]], 2, None), (3, 2, (2,)), ([[[1]]], 2, None), ([[]], 2, None)):
        with pytest.raises(ValueError, match=f"^{REFUSAL}$"):
            arguments.values_or_size(wrong, axes, REFUSAL, counts)


def test_an_array_must_have_one_of_the_shapes():
    assert arguments.shaped([1, 2], [(1,), (2,)], REFUSAL).dtype == float
    for wrong in ([1, 2, 3], [[1, 2]], ["1", "2"], [1, math.nan], None):
        with pytest.raises(ValueError, match=f"^{REFUSAL}$"):
            arguments.shaped(wrong, [(1,), (2,)], REFUSAL)


def test_what_was_given_is_shown_on_one_line():
    assert arguments.shown(torch.ones(2, 3)) == "an array of shape (2, 3)"
    assert arguments.shown(np.float64(3)) == "np.float64(3.0)" and arguments.shown("x") == "'x'"
    assert "\n" not in arguments.shown([torch.ones(30, 30)])


def test_a_half_goes_up_to_the_nearest_whole_number():
    found = [arguments.nearest_whole(value, 1, 5) for value in (2.5, 2.4, 0, 10**400, -math.inf, math.inf)]
    assert found == [3, 2, 1, 5, 1, 5]
    assert [arguments.is_number(value) for value in (1, 0.5, 10**400, True, math.nan, "1")] == [True] * 3 + [
        False
    ] * 3
