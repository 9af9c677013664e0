"""Every figure of plots is drawn, named and labelled; its colours are told apart on both pages."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from browser import contrast

from course_lib import plots
from course_lib.train import Epoch, History

WHITE, DARK = "#ffffff", "#14181e"


@pytest.fixture(autouse=True)
def agg():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def drawn():
    """The axes of the one figure that was made, after rendering it."""
    (number,) = plt.get_fignums()
    figure = plt.figure(number)
    figure.canvas.draw()
    assert np.array(figure.canvas.renderer.buffer_rgba()).min() < 255, "the figure is a white page"
    return figure.axes


def legend(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def histories(count, tested=True):
    rows = [
        Epoch(i, 1 / i, 0.5 + 0.1 * i, *((2 / i, 0.1 * i) if tested else (None, None)), 1.0)
        for i in (1, 2, 3)
    ]
    return {f"net {i}": History(rows) for i in range(count)}


@pytest.mark.parametrize("ground", [WHITE, DARK])
@pytest.mark.parametrize("color", plots.COLORS)
def test_colors_stand_out_on_both_pages(color, ground):
    assert contrast(color, ground) >= 3


def test_ink_reads_as_text_and_every_color_has_its_own_marker():
    assert contrast(plots.INK, WHITE) >= 4.5
    assert len(set(plots.COLORS)) == len(set(plots.MARKERS)) == len(plots.COLORS)


@pytest.mark.parametrize(
    "pictures",
    [
        torch.rand(3, 1, 5, 4),
        torch.rand(3, 3, 5, 4, requires_grad=True),
        [torch.rand(5, 4), torch.rand(1, 5, 4), torch.rand(3, 5, 4)],
    ],
)
def test_pictures_are_drawn_with_their_titles_and_without_axes(pictures):
    plots.images(pictures, ["x", "y", "z"])
    axes = drawn()
    assert [axis.get_title() for axis in axes] == ["x", "y", "z"]
    for axis, picture in zip(axes, pictures):
        shown = torch.from_numpy(np.array(axis.images[0].get_array()))
        expected = torch.as_tensor(picture).detach().reshape(-1, 5, 4).permute(1, 2, 0).squeeze()
        torch.testing.assert_close(shown.to(expected.dtype), expected)
        assert not axis.axison


@pytest.mark.parametrize("count, columns, grid", [(5, None, (2, 4)), (5, 2, (3, 2)), (1, None, (1, 1))])
def test_pictures_stand_in_rows_and_the_rest_stays_empty(count, columns, grid):
    plots.images(torch.rand(count, 1, 4, 4), columns=columns, vmin=0, vmax=2)
    axes = drawn()
    assert axes[0].get_gridspec().get_geometry() == grid
    assert [len(axis.images) for axis in axes] == [1] * count + [0] * (grid[0] * grid[1] - count)
    assert axes[0].images[0].get_clim() == (0, 2)


def test_a_kernel_one_pixel_high_is_a_picture():
    plots.images([torch.tensor([[1.0, 2.0, 1.0]]), torch.tensor([[1.0], [2.0], [1.0]])])
    assert [axis.images[0].get_array().shape for axis in drawn()] == [(1, 3), (3, 1)]


@pytest.mark.parametrize("log, scale", [(True, "log"), (False, "linear")])
def test_runs_are_a_mean_in_a_band(log, scale):
    plots.runs({"a": torch.tensor([[1.0, 2], [3, 6]]), "b": [[4, 5]]}, xlabel="step", ylabel="loss", log=log)
    (axis,) = drawn()
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_yscale()) == ("step", "loss", scale)
    assert [list(line.get_ydata()) for line in axis.lines] == [[2, 4], [4, 5]]
    heights = axis.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1, 6)
    assert legend(axis) == ["a", "b"] and axis.lines[0].get_linestyle() != axis.lines[1].get_linestyle()


def test_seeds_are_marks_with_a_bar_at_their_mean():
    plots.seeds({"plain": [1, 2, 6], "residual": [4]}, xlabel="error in %")
    (axis,) = drawn()
    assert axis.get_xlabel() == "error in %"
    assert [label.get_text() for label in axis.get_yticklabels()] == ["plain", "residual"]
    assert [list(line.get_xdata()) for line in axis.lines] == [[1, 2, 6], [3, 3], [4], [4, 4]]
    top, bottom = (axis.transData.transform((0, row))[1] for row in (0, 1))
    assert top > bottom


def test_a_history_is_two_panels_with_training_and_test():
    plots.history(histories(2))
    left, right = drawn()
    assert [(axis.get_xlabel(), axis.get_ylabel()) for axis in (left, right)] == [
        ("epoch", "loss"),
        ("epoch", "accuracy"),
    ]
    assert [list(line.get_ydata()) for line in left.lines[:2]] == [[1, 1 / 2, 1 / 3], [2, 1, 2 / 3]]
    assert legend(right) == ["net 0, training", "net 0, test", "net 1, training", "net 1, test"]
    assert list(left.get_xticks()) == [1, 2, 3]


def test_a_history_without_tests_promises_none_in_its_legend():
    plots.history(histories(1, tested=False))
    assert legend(drawn()[1]) == ["net 0, training"]


@pytest.mark.parametrize(
    "draw, lines",
    [
        (lambda: plots.history(histories(8)), 16),
        (lambda: plots.runs({str(i): [[i, i]] for i in range(9)}, xlabel="x", ylabel="y"), 9),
        (lambda: plots.seeds({str(i): [i] for i in range(13)}, xlabel="x"), 26),
    ],
)
def test_however_many_there_are_none_is_left_out(draw, lines):
    draw()
    assert len(drawn()[0].lines) == lines


def test_titles_must_be_as_many_as_pictures():
    with pytest.raises(ValueError, match="3 pictures and 2 titles: give as many of each"):
        plots.images(torch.rand(3, 1, 4, 4), ["a", "b"])
