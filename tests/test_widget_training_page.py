"""The page of a training run in a real browser: player, curves, norms, wrong examples, live controls."""

import base64
import json
import re

import browser
import numpy as np
import pytest
import torch
import training_runs
from torch import nn

from course_lib import train
from course_lib.widgets import host, training, training_record


@pytest.fixture(scope="module")
def record():
    return training_runs.run()[1].record()


@pytest.fixture(scope="module")
def site(tmp_path_factory, record):
    folder = tmp_path_factory.mktemp("training")
    browser.copy_page_files(folder)
    empty = training_record.Recorder(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), [])
    lost = training_record.Recorder(training_runs.network(), training_runs.batches()[0])
    with pytest.raises(FloatingPointError):
        train.fit(lost.model, lost.batches, epochs=1, lr=1e6, device="cpu", verbose=False)
    names = [f"digit {digit}" for digit in range(10)]
    pages = {
        "run": training({**record, "classes": names}, frame=2), "live": training(record, live=True),
        "empty": training(empty.record()), "lost": training(lost.record()),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_BOOK", "1")
        for name, widget in pages.items():
            browser.write_page(folder / f"{name}.html", [widget._repr_mimebundle_()[0]["text/html"]])
    return folder


@pytest.fixture(scope="module")
def address(site):
    with browser.serve(site) as one:
        yield one


def told(page):
    return page.locator(".cw-now").inner_text().replace("−", "-")


def norms(page):
    """(layers, 2) numbers of the table of norms."""
    rows = page.locator(".cw-table").first.locator("tbody tr").all()
    return np.array(
        [[float(text) for text in row.locator(".cw-norm > span").all_inner_texts()] for row in rows]
    )


def check_frame(page, record, index):
    """All that the page shows is what the record has for a frame."""
    frame = record["frames"][index]
    assert page.locator(".cw-place").inner_text() == f"{index + 1} of {len(record['frames'])}"
    assert f"After step {frame['step']} of {record['steps']}: " in told(page)
    loss, lr = re.search(r"batch loss (\S+),.* learning rate (\S+)\.", told(page).split(" Epoch")[0]).groups()
    assert float(loss) == pytest.approx(record["curve"]["loss"][frame["step"] - 1], rel=1e-3)
    assert float(lr) == pytest.approx(frame["lr"], rel=1e-3)
    np.testing.assert_allclose(norms(page), np.transpose([frame["gradient"], frame["weight"]]), rtol=1e-3)
    wrong = [
        label for label, said in zip(record["watch"]["labels"], frame["said"], strict=True) if label != said
    ]
    expected = f"Wrong examples: {len(wrong)} of 40 images watched" if wrong else "All of the 40"
    assert page.locator(".cw-section:has(.cw-wrong) .cw-caption").inner_text().startswith(expected)
    assert page.locator(".cw-wrong li").count() == min(len(wrong), 25)


def test_player_and_scrubber_show_the_record_by_keyboard_alone(chromium, address, record):
    with browser.open_page(chromium, f"{address}/run.html") as page:
        browser.wait_ready(page)
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
        assert page.log == []


def test_touch_reaches_every_frame_on_a_phone(chromium, address, record):
    with browser.open_page(chromium, f"{address}/run.html", width=360, has_touch=True) as page:
        browser.wait_ready(page)
        page.get_by_role("button", name="One step on").tap()
        check_frame(page, record, 3)
        page.get_by_role("button", name="One step back").tap()
        check_frame(page, record, 2)
        assert re.match(
            r"label digit \d, said digit \d, \S+ %", page.locator(".cw-wrong li").first.inner_text()
        )
        assert browser.sideways_px(page) <= 0


def test_curves_go_through_the_numbers_and_the_tables_hold_them(chromium, address, record):
    with browser.open_page(chromium, f"{address}/run.html") as page:
        browser.wait_ready(page)
        path = page.locator(".cw-chart").nth(1).locator("path.cw-line-batch").get_attribute("d")
        points = np.array([[float(n) for n in point.split()] for point in re.split("[ML]", path)[1:]])
        np.testing.assert_allclose(points[:, 0] / 304 * 40, record["curve"]["step"], atol=0.01)
        np.testing.assert_allclose(1 - points[:, 1] / 150, record["curve"]["accuracy"], atol=0.001)
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


def test_a_run_without_steps_and_one_that_diverged_are_told(chromium, address):
    with browser.open_page(chromium, f"{address}/empty.html") as page:
        browser.wait_ready(page)
        assert told(page) == "No step has been made yet." and page.log == []
        assert page.locator(".cw-player:visible").count() == 0
    with browser.open_page(chromium, f"{address}/lost.html") as page:
        browser.wait_ready(page)
        assert "batch loss not a number: the run has diverged" in told(page) and page.log == []
        page.get_by_role("button", name="To the start").click()
        assert told(page).startswith("Before the first of 10 steps.")


def mounted(page, state):
    """Renders the widget with a model whose state and listeners the test holds, as a kernel would."""
    code = (host.DIST / "training.mjs").read_text(encoding="utf-8")
    page.evaluate(
        """async ([code, state]) => {
            const widget = (await import(URL.createObjectURL(new Blob([code], {type: "text/javascript"})))).default;
            window.state = state; window.saves = 0; const heard = {};
            window.tell = (name, value) => { state[name] = value; for (const one of heard[`change:${name}`]) one(); };
            const model = {get: name => state[name], set: (name, value) => { state[name] = value; },
                on: (event, one) => (heard[event] ??= new Set()).add(one),
                off: (event, one) => heard[event].delete(one),
                save_changes: () => { window.saves += 1; }};
            const el = document.createElement("div"); el.id = "own"; document.querySelector("main").replaceChildren(el);
            window.stop = widget.render({model, el});
            window.heard = () => Object.values(heard).reduce((sum, set) => sum + set.size, 0);
        }""",
        [code, json.loads(json.dumps(state))],
    )


def test_live_controls_pause_the_run_change_the_rate_and_follow_it(chromium, address, record):
    with browser.open_page(chromium, f"{address}/run.html") as page:
        browser.wait_ready(page)
        assert page.get_by_role("button", name="Pause the run").count() == 0
        mounted(page, training(record, live=True, lr_factor=2).state())
        page.get_by_role("button", name="Pause the run").press("Enter")
        assert page.evaluate("[state.paused, saves]") == [True, 1]
        page.get_by_role("button", name="Let the run go on").press("Enter")
        assert page.evaluate("[state.paused, saves]") == [False, 2]
        rate = page.get_by_label("Learning rate ×")
        assert rate.input_value() == "2"
        rate.select_option("0.1")
        assert page.evaluate("state.lr_factor") == 0.1
        shorter = {**record, "steps": 20, "frames": record["frames"][:5], "filters": None}
        page.evaluate("record => tell('record', record)", shorter)
        assert "of 5" in page.locator(".cw-place").inner_text() and "of 20" in told(page)
        page.get_by_role("button", name="One step back").click()
        page.evaluate("record => tell('record', record)", record)
        assert page.locator(".cw-place").inner_text().startswith("4 of ")
        page.get_by_role("button", name="Follow the run").click()
        check_frame(page, record, len(record["frames"]) - 1)
        assert page.evaluate("state.frame") is None
        page.get_by_role("button", name="Reset").click()
        assert page.evaluate("[state.paused, state.lr_factor]") == [False, 1]
        page.evaluate("stop()")
        assert page.evaluate("heard()") == 0 and page.log == []


def test_filters_are_painted_as_the_record_has_them(chromium, address, record):
    with browser.open_page(chromium, f"{address}/run.html") as page:
        browser.wait_ready(page)
        signs = page.evaluate("""() => [...document.querySelectorAll(".cw-filters canvas")].map(canvas => {
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return Array.from({length: data.length / 4}, (_, at) => data[4 * at + 2] - data[4 * at]);
        })""")
        kept = torch.frombuffer(bytearray(base64.b64decode(record["filters"]["int8"][2])), dtype=torch.int8)
        exact = kept.view(8, 9).numpy().astype(float)
        strong = np.abs(exact) > 20
        assert strong.sum() > 20 and (np.sign(signs)[strong] == np.sign(exact)[strong]).all()
