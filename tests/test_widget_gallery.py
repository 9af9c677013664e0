"""What every widget must stand: axe, a phone, print, no JavaScript, a disk, a frame, the keyboard alone."""

import json
import re

import browser
import pytest
from gallery import EXAMPLES

WIDGETS = pytest.mark.parametrize("name", EXAMPLES)
STOPS = """[...document.querySelectorAll(
    ".course-widget :is(button, input, select, textarea, summary, [tabindex='0'])")]
    .filter(one => one.checkVisibility() && !one.disabled && one.tabIndex >= 0)"""
OUTSIDE = "document.activeElement.closest('.course-widget') === null"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """A folder with a page for each widget, the same on a page of the book, in a frame, and a page without any."""
    folder = tmp_path_factory.mktemp("gallery")
    pages = {name: example() for name, example in EXAMPLES.items()}
    browser.write_widgets(folder, pages, inline=True)
    for name, widget in pages.items():
        browser.write_page(folder / f"{name}-book.html", [browser.book_html(widget)], in_book=True)
        frame = f'<iframe sandbox="allow-scripts" src="{name}-inline.html" width="900" height="900"></iframe>'
        browser.write_page(folder / f"{name}-frame.html", [frame], scripts=False)
    return folder


@pytest.fixture(scope="module")
def address(gallery):
    with browser.serve(gallery) as one:
        yield one


def walk(page):
    """Goes through the tab stops by keyboard, presses the arrows in each, and Space in some."""
    page.evaluate("document.querySelector('main').tabIndex = -1; document.querySelector('main').focus()")
    for number in range(page.evaluate(f"{STOPS}.length")):
        page.keyboard.press("Tab")
        if page.evaluate(OUTSIDE):
            break
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
        if number % 3 == 0:
            page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 0)")  # what lies under the book's sticky header axe cannot judge


@WIDGETS
@pytest.mark.parametrize("where", ["", "-book"])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_idle_and_after_the_keyboard(visit, name, where, dark):
    page = visit(f"{name}{where}", dark=dark)
    assert browser.axe(page, ".course-widget") == []
    walk(page)
    assert browser.axe(page, ".course-widget") == []


@WIDGETS
def test_the_keyboard_reaches_everything_and_gets_out(visit, name):
    page = visit(name)
    stops, seen = page.evaluate(f"{STOPS}.length"), set()
    page.evaluate("document.querySelector('main').tabIndex = -1; document.querySelector('main').focus()")
    for _ in range(2 * stops + 10):  # Chromium also stops at boxes that scroll
        page.keyboard.press("Tab")
        if page.evaluate(OUTSIDE):
            break
        seen.add(page.evaluate(f"{STOPS}.indexOf(document.activeElement)"))
    assert page.evaluate(OUTSIDE) and seen >= set(range(stops)) and stops > 2
    walk(page)
    assert page.locator(".course-widget").inner_text().strip()


@WIDGETS
@pytest.mark.parametrize("where", ["", "-book"])
def test_a_phone_needs_no_sideways_scroll_and_targets_are_large(visit, name, where):
    page = visit(f"{name}{where}", width=browser.PHONE_PX, height=700)
    assert browser.sideways_px(page) <= 0
    small = page.evaluate("""() => [...document.querySelectorAll(
        ".course-widget :is(button, input, select, summary, [role=gridcell])")]
        .filter(one => one.checkVisibility()).map(one => {
            const {width, height} = (one.closest("label") ?? one).getBoundingClientRect();
            return [one.className, Math.min(width, height)];
        }).filter(([, size]) => size < 24)""")
    assert small == []


@WIDGETS
def test_nothing_moves_by_itself(visit, name):
    page = visit(name, reduced_motion="reduce")
    before = page.locator(".course-widget").inner_text()
    page.wait_for_timeout(1200)
    assert page.locator(".course-widget").inner_text() == before
    assert page.evaluate("document.getAnimations().length") == 0
    durations = page.evaluate("""[...new Set([...document.querySelectorAll(".course-widget *")].map(
        one => getComputedStyle(one).transitionDuration))]""")
    assert durations in ([], ["0s"])


@WIDGETS
def test_print_keeps_the_state_and_hides_the_controls(visit, name):
    page = visit(name, dark=True)
    page.emulate_media(media="print")
    root = page.locator(".course-widget")
    assert root.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".course-widget button:visible").count() == 0
    with_widget = len(page.pdf(print_background=True))
    root.evaluate("one => one.remove()")
    assert with_widget > len(page.pdf(print_background=True)) + 1000


@WIDGETS
def test_without_javascript_the_figure_stands_and_prints(visit, name):
    page = visit(name, java_script_enabled=False)
    image = page.locator("[data-course-widget] img")
    box = image.bounding_box()
    assert box["width"] > 250 and box["height"] > 100
    assert len(image.get_attribute("alt")) > 40
    with_figure = len(page.pdf())
    page = visit("empty", java_script_enabled=False)
    assert with_figure > len(page.pdf()) + 5000


@WIDGETS
def test_it_opens_from_a_disk_and_in_a_frame_of_foreign_origin(chromium, gallery, visit, name):
    with browser.open_page(chromium, (gallery / f"{name}.html").as_uri()) as page:
        browser.wait_ready(page)
        assert page.log == []
    page = visit(f"{name}-frame")
    page.frame_locator("iframe").locator(".course-widget").wait_for()


@WIDGETS
@pytest.mark.parametrize("width, height", [(1280, 900), (360, 800)])
def test_the_page_does_not_jump(chromium, address, name, width, height):
    with browser.open_page(chromium, f"{address}/{name}.html", width=width, height=height) as page:
        page.wait_for_timeout(800)
        assert page.locator("[data-ready=true]").count() == 1
        shifts = page.evaluate("""() => new Promise(resolve => new PerformanceObserver(list => resolve(
            list.getEntries().map(one => one.value))).observe({type: "layout-shift", buffered: true})
            || setTimeout(() => resolve([]), 300))""")
        assert sum(shifts) <= 0.02 and page.log == []


@WIDGETS
def test_a_live_model_that_answers_is_not_answered_and_nothing_listens_at_the_end(visit, name):
    """Python answers each save with its own form of the state, as its validation may."""
    page = visit("empty")
    widget = EXAMPLES[name]()
    browser.render_live(page, name, widget.state())
    assert page.evaluate("live.listeners()") > 0
    page.evaluate("live.tellsAll = true, live.answer = (state) => JSON.parse(JSON.stringify(state))")
    numbers = page.locator(".course-widget input[type=number]:visible").all()
    for number in numbers:
        for key in ("ArrowUp", "ArrowDown"):
            before = page.evaluate("live.saved")
            number.press(key)
            assert page.evaluate("live.saved") <= before + 1
    saved, told = page.evaluate("[live.saved, live.told]")
    assert (saved > 0 and told >= saved) or not numbers
    saved = page.evaluate("live.state")
    assert json.loads(json.dumps(type(widget).check(saved))) == saved
    page.evaluate("live.stop()")
    assert page.evaluate("live.listeners()") == 0


@WIDGETS
def test_the_same_state_gives_the_same_page_and_a_sentence(name):
    one, other = EXAMPLES[name](), EXAMPLES[name]()
    assert one._page_and_png() == other._page_and_png()
    assert one.state() == one.check(one.state()) and re.match(r"[A-Z].*\.$", one.sentence(), re.S)
