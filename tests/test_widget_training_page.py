"""The page of a training run in a real browser: player, curves, norms, wrong examples, live controls."""

import base64
import re

import browser
import numpy as np
import pytest
import torch
import training_runs
from torch import nn

from course_lib import train
from course_lib.widgets import training, training_record


@pytest.fixture(scope="module")
def record():
    return training_runs.run()[1].record()


@pytest.fixture(scope="module")
def address(tmp_path_factory, record):
    empty = training_record.Recorder(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), [])
    lost = training_record.Recorder(training_runs.network(), training_runs.batches()[0])
    with pytest.raises(FloatingPointError):
        train.fit(lost.model, lost.batches, epochs=1, lr=1e6, device="cpu", verbose=False)
    names = [f"digit {digit}" for digit in range(10)]
    pages = {
        "run": training({**record, "classes": names}, frame=2), "live": training(record, live=True),
        "empty": training(empty.record()), "lost": training(lost.record()),
    }  # fmt: skip
    with browser.serve_widgets(tmp_path_factory.mktemp("training"), pages) as one:
        yield one


def told(page):
    return page.locator(".cw-now").inner_text().replace("−", "-")


def norms(page):
    """(layers, 2) numbers of the table of norms."""
    rows = page.locator(".cw-table").first.locator("tbody tr").all()
    return np.array(
        [[float(text) for text in row.locator(".cw-norm > span").all_inner_texts()[:2]] for row in rows]
    )


def dead(page):
    """The shares of dead ReLUs in the table, None for a layer without."""
    texts = page.locator(".cw-table").first.locator("tbody tr td:nth-child(4)").all_inner_texts()
    return [None if text == "–" else float(text.removesuffix(" %")) / 100 for text in texts]


def check_frame(page, record, index):
    """All that the page shows is what the record has for a frame."""
    frame = record["frames"][index]
    assert page.locator(".cw-place").inner_text() == f"{index + 1} of {len(record['frames'])}"
    assert f"After step {frame['step']} of {record['steps']}: " in told(page)
    loss, lr = re.search(r"batch loss (\S+),.* learning rate (\S+)\.", told(page).split(" Epoch")[0]).groups()
    assert float(loss) == pytest.approx(record["curve"]["loss"][frame["step"] - 1], rel=1e-3)
    assert float(lr) == pytest.approx(frame["lr"], rel=1e-3)
    np.testing.assert_allclose(norms(page), np.transpose([frame["gradient"], frame["weight"]]), rtol=1e-3)
    for shown, exact in zip(dead(page), frame["dead"], strict=True):
        assert shown == (None if exact is None else pytest.approx(exact, rel=1e-3))
    wrong = [
        label for label, said in zip(record["watch"]["labels"], frame["said"], strict=True) if label != said
    ]
    expected = f"Wrong examples: {len(wrong)} of 40 images watched" if wrong else "All of the 40"
    assert page.locator(".cw-section:has(.cw-wrong) .cw-caption").inner_text().startswith(expected)
    assert page.locator(".cw-wrong li").count() == min(len(wrong), 25)


def test_player_and_scrubber_show_the_record_by_keyboard_alone(visit, record):
    page = visit("run")
    check_frame(page, record, 2)
    scrub = page.get_by_label("Steps kept, position")
    scrub.focus()
    page.keyboard.press("ArrowRight")
    check_frame(page, record, 3)
    page.keyboard.press("End")
    check_frame(page, record, len(record["frames"]) - 1)
    page.get_by_role("button", name="To the start").press("Enter")
    assert (
        told(page).startswith("Before the first of 40 steps.")
        and "none yet" in page.locator(".cw-norm").first.inner_text()
    )
    page.get_by_role("button", name="One step on").press("Enter")
    check_frame(page, record, 1)
    page.get_by_role("button", name="Reset").press("Enter")
    check_frame(page, record, 2)
    page.get_by_role("button", name="Play").press("Enter")
    page.wait_for_timeout(1300)
    page.get_by_role("button", name="Pause").press("Enter")
    check_frame(page, record, 3)


def test_touch_reaches_every_frame_on_a_phone(visit, record):
    page = visit("run", width=360, has_touch=True)
    page.get_by_role("button", name="One step on").tap()
    check_frame(page, record, 3)
    page.get_by_role("button", name="One step back").tap()
    check_frame(page, record, 2)
    assert re.match(r"label digit \d, said digit \d, \S+ %", page.locator(".cw-wrong li").first.inner_text())
    assert browser.sideways_px(page) <= 0


def test_curves_go_through_the_numbers_and_the_tables_hold_them(visit, record):
    page = visit("run")
    path = page.locator(".cw-chart").nth(1).locator("path.cw-line-batch").get_attribute("d")
    points = np.array([[float(n) for n in point.split()] for point in re.split("[ML]", path)[1:]])
    box = page.locator(".cw-chart").nth(1).locator("svg").get_attribute("viewBox").split()
    left, right, top, bottom = 46, float(box[2]) - 8, 24, float(box[3]) - 36
    steps = (points[:, 0] - left) / (right - left) * 40
    np.testing.assert_allclose(steps, record["curve"]["step"], atol=0.01)
    shares = (bottom - points[:, 1]) / (bottom - top)
    np.testing.assert_allclose(shares, record["curve"]["accuracy"], atol=0.001)
    texts = page.locator(".cw-chart").nth(1).locator(".cw-chart-text.is-note")
    names = [text.get_attribute("data-text") for text in texts.all()]
    assert names == ["0", "0.5", "1", *(str(step) for step in range(0, 41, 10)), "step"]
    label = page.get_by_role(
        "img", name=re.compile("^Loss over the steps; at step 4: batches ")
    ).get_attribute("aria-label")
    assert float(label.split()[-1][:-1]) == pytest.approx(record["curve"]["loss"][3], rel=1e-3)
    page.get_by_text("All numbers").click()
    page.get_by_text("training accuracy").wait_for()
    rows = page.locator("details .cw-table").first.locator("tbody tr").all()
    shown = [[float(text) for text in row.locator("td").all_inner_texts()] for row in rows]
    names = ("step", "train_loss", "train_accuracy", "test_loss", "test_accuracy")
    np.testing.assert_allclose(
        shown, [[epoch[name] for name in names] for epoch in record["epochs"]], rtol=1e-5
    )
    rows = page.locator("details .cw-table").nth(1).locator("tbody tr").all()
    total = [float(row.locator("td").last.inner_text()) for row in rows[1:]]
    exact = [np.linalg.norm(frame["gradient"]) for frame in record["frames"][1:]]
    np.testing.assert_allclose(total, exact, rtol=1e-5)


def test_a_run_without_steps_and_one_that_diverged_are_told(visit):
    page = visit("empty")
    assert told(page) == "No step has been made yet."
    assert page.locator(".cw-player:visible").count() == 0
    page = visit("lost")
    assert "batch loss not a number: the run has diverged" in told(page)
    page.get_by_role("button", name="To the start").click()
    assert told(page).startswith("Before the first of 10 steps.")


def test_live_controls_pause_the_run_change_the_rate_and_follow_it(visit, record):
    page = visit("run")
    assert page.get_by_role("button", name="Pause the run").count() == 0
    browser.render_live(page, "training", training(record, live=True, lr_factor=2).state())
    page.get_by_role("button", name="Pause the run").press("Enter")
    assert page.evaluate("[live.state.paused, live.saved]") == [True, 1]
    page.get_by_role("button", name="Let the run go on").press("Enter")
    assert page.evaluate("[live.state.paused, live.saved]") == [False, 2]
    rate = page.get_by_label("Learning rate ×")
    assert rate.input_value() == "2"
    assert rate.locator("option").all_inner_texts() == ["0.01", "0.03", "0.1", "0.3", "1", "2", "3", "10"]
    rate.select_option("0.1")
    assert page.evaluate("live.state.lr_factor") == 0.1
    shorter = {**record, "steps": 20, "frames": record["frames"][:5], "filters": None}
    page.evaluate("record => live.python({record})", shorter)
    assert "of 5" in page.locator(".cw-place").inner_text() and "of 20" in told(page)
    page.get_by_role("button", name="One step back").click()
    page.evaluate("record => live.python({record})", record)
    assert page.locator(".cw-place").inner_text().startswith("4 of ")
    page.get_by_role("button", name="Follow the run").press("Enter")
    check_frame(page, record, len(record["frames"]) - 1)
    assert page.evaluate("live.state.frame") is None
    # The button has hidden itself: the focus stays among the controls of the run.
    assert page.evaluate("document.activeElement.textContent") == "Pause the run"
    page.get_by_role("button", name="Pause the run").press("Enter")
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate("[live.state.paused, live.state.lr_factor, live.state.frame]") == [
        False,
        2,
        None,
    ]
    page.evaluate("live.stop()")
    assert page.evaluate("live.listeners()") == 0


def test_records_without_dead_relus_still_play_and_say_so(visit, record):
    old = {
        **record,
        "frames": [{k: v for k, v in frame.items() if k != "dead"} for frame in record["frames"]],
    }
    page = visit("run")
    count = len(record["frames"])
    shares = [number / count for number in range(count)]
    rising = [
        {**frame, "dead": [share, None, 1]} for frame, share in zip(record["frames"], shares, strict=True)
    ]
    browser.render_live(page, "training", training({**record, "frames": rising}, frame=2).state())
    spark = page.get_by_role("img", name="dead ReLUs of 0 over the steps")
    path = spark.locator("path").get_attribute("d")
    points = [float(point.split()[1]) for point in re.split("[ML]", path)[1:]]
    np.testing.assert_allclose(points, [20 - 16 * share for share in shares], atol=0.06)
    assert dead(page) == [pytest.approx(2 / count, rel=1e-3), None, 1]
    assert "was 0 for every image of the batch" in page.locator(".cw-section").first.inner_text()
    browser.render_live(page, "training", training(old, frame=2).state())
    head = page.locator(".cw-table").first.locator("thead th").all_inner_texts()
    assert head == ["layer", "gradient norm", "weight norm"]
    assert "only modules torch.nn.ReLU are seen" in page.locator(".cw-section").first.inner_text()
    page.get_by_role("button", name="One step on").press("Enter")
    assert f"After step {record['frames'][3]['step']} of 40: " in told(page)


def test_filters_are_painted_as_the_record_has_them(visit, record):
    page = visit("run")
    signs = page.evaluate("""() => [...document.querySelectorAll(".cw-filters canvas")].map(canvas => {
        const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return Array.from({length: data.length / 4}, (_, at) => data[4 * at + 2] - data[4 * at]);
    })""")
    kept = torch.frombuffer(bytearray(base64.b64decode(record["filters"]["int8"][2])), dtype=torch.int8)
    exact = kept.view(8, 9).numpy().astype(float)
    strong = np.abs(exact) > 20
    assert strong.sum() > 20 and (np.sign(signs)[strong] == np.sign(exact)[strong]).all()
