"""The looks of a widget in a real browser: themes, widths, print, no JavaScript, from a disk, in a frame."""

import json
import re

import browser
import pytest
from browser import cell, check_output, field, grid

from course_lib.widgets import convolution, host


@pytest.mark.parametrize("dark", [False, True])
def test_lines_and_signs_stand_out(visit, dark):
    """What axe does not judge: borders, outlines, focus ring 3:1; the small weights 4.5:1 on every tint."""
    page = visit("square", dark=dark)
    names = [
        "page",
        "panel",
        "field",
        "line",
        "mark",
        "on-mark",
        "focus",
        "alarm",
        "muted",
        "text",
        "positive",
        "negative",
    ]
    read = "(root, names) => names.map(name => getComputedStyle(root).getPropertyValue(name))"
    values = page.locator(".course-widget").evaluate(read, [f"--cw-{name}" for name in names])
    color = {
        name: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:])
        for name, value in zip(names, values, strict=True)
    }
    tints = [color["page"]]
    for name in ("positive", "negative"):
        half = [(int(color[name][i : i + 2], 16) + int(color["page"][i : i + 2], 16)) // 2 for i in (1, 3, 5)]
        tints.append("#{:02x}{:02x}{:02x}".format(*half))
    assert browser.contrast(color["on-mark"], color["mark"]) >= 4.5
    for ground in ("page", "panel", "field"):
        assert min(browser.contrast(color[name], color[ground]) for name in ("line", "focus", "mark")) >= 3, (
            ground
        )
        assert (
            min(browser.contrast(color[name], color[ground]) for name in ("text", "muted", "alarm")) >= 4.5
        ), ground
    for tint in tints:
        assert (
            browser.contrast(color["text"], tint) >= 4.5 and browser.contrast(color["mark"], tint) >= 4.5
        ), tint


@pytest.mark.parametrize("page_name", ["square", "book"])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(visit, page_name, dark):
    page = visit(page_name, dark=dark)
    assert browser.axe(page, ".course-widget") == []
    field(page, "Stride").focus()
    page.keyboard.press("ArrowUp")
    cell(page, "Input", 2, 2).focus()
    page.keyboard.press("Space")
    assert browser.axe(page, ".course-widget") == []
    page.keyboard.press("Enter")
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    # The editor is wider than its cell, so that axe cannot tell the size of the neighbours under it.
    assert [line for line in browser.axe(page, ".course-widget") if "target-size" not in line] == []
    page.keyboard.press("Escape")
    field(page, "Kernel size").fill("99")
    assert browser.axe(page, ".course-widget") == []


def test_theme_follows_the_page(visit):
    page = visit("square")
    root = page.locator(".course-widget")
    marks = [
        ("html", "data-theme", "dark", "light"),
        ("body", "data-jp-theme-light", "false", "true"),
        ("body", "data-vscode-theme-kind", "vscode-dark", "vscode-light"),
        ("html", "theme", "dark", "light"),
    ]
    for tag, attribute, dark, light in marks:
        for value, expected in ((dark, "dark"), (light, "light")):
            page.evaluate(
                "([t, a, v]) => document.querySelector(t).setAttribute(a, v)", [tag, attribute, value]
            )
            page.wait_for_function(
                "t => document.querySelector('.course-widget').dataset.cwTheme === t", arg=expected
            )
        page.evaluate("([t, a]) => document.querySelector(t).removeAttribute(a)", [tag, attribute])
    light = root.evaluate("one => getComputedStyle(one).backgroundColor")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.querySelector('.course-widget').dataset.cwTheme === 'dark'")
    assert root.evaluate("one => getComputedStyle(one).backgroundColor") != light


@pytest.mark.parametrize("page_name", ["wide", "one", "book"])
def test_phone_needs_no_sideways_scroll(visit, page_name):
    page = visit(page_name, width=browser.PHONE_PX, height=700)
    assert browser.sideways_px(page) <= 0
    field(page, page.locator(".cw-number:visible").first.get_attribute("aria-label")).fill("0")
    assert browser.sideways_px(page) <= 0
    small = page.evaluate("""() => [...document.querySelectorAll(
        ".course-widget :is(button, input, .cw-cell)")].filter(one => one.checkVisibility()).map(one => {
            const {width, height} = (one.closest("label") ?? one).getBoundingClientRect();
            return [one.className, Math.min(width, height)];
        }).filter(([, size]) => size < 24)""")
    assert small == []


def test_focus_is_not_under_the_books_header(visit):
    page = visit("book", height=420)
    first = cell(page, "Output", 0, 0)
    page.evaluate("y => scrollTo(0, scrollY + y - 10)", first.bounding_box()["y"])
    assert 0 < first.bounding_box()["y"] < 20  # in the window, and under the header
    cell(page, "Output", 4, 0).focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 64


def test_nothing_moves_by_itself(visit):
    page = visit("square", reduced_motion="reduce")
    cell(page, "Output", 1, 1).hover()
    assert page.evaluate("document.getAnimations().length") == 0
    transitions = """new Set([...document.querySelectorAll(".course-widget *")].map(
        one => getComputedStyle(one).transitionDuration))"""
    assert page.evaluate(f"[...{transitions}]") == ["0s"]


def test_forced_colors_keep_the_outlines(visit):
    page = visit("square", forced_colors="active")
    cell(page, "Output", 1, 1).hover()
    linked = grid(page, "Input").locator(".is-linked").first
    width = linked.evaluate("one => parseFloat(getComputedStyle(one, '::after').borderTopWidth)")
    assert width >= 2
    current = grid(page, "Output").locator(".is-current")
    assert current.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"


def test_print_keeps_the_state_and_hides_the_controls(visit):
    page = visit("square", dark=True)
    field(page, "Stride").fill("3")
    page.emulate_media(media="print")
    assert not page.locator(".cw-controls").first.is_visible() and not page.locator(".cw-help").is_visible()
    assert grid(page, "Output").is_visible() and page.locator(".cw-formula").nth(1).is_visible()
    root = page.locator(".course-widget")
    assert root.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    check_output(page, stride=3)
    with_widget = len(page.pdf(print_background=True))
    page.evaluate("document.querySelector('.cw-figure').remove()")
    assert with_widget > len(page.pdf(print_background=True)) + 1000


def test_without_javascript_the_figure_stands_and_prints(visit):
    page = visit("square", java_script_enabled=False)
    image = page.get_by_role("img", name=re.compile("Convolution of a 7 × 7 input"))
    box = image.bounding_box()
    assert box["width"] > 500 and box["height"] > 200
    assert page.locator("[data-course-widget]").bounding_box()["height"] < box["height"] + 20
    with_figure = len(page.pdf())
    page = visit("empty", java_script_enabled=False)
    assert with_figure > len(page.pdf()) + 5000


def test_page_opens_from_disk(chromium, widget_site):
    with browser.open_page(chromium, (widget_site / "two.html").as_uri()) as page:
        browser.wait_ready(page)
        assert page.log == []


def test_html_backend_needs_no_other_file(visit):
    page = visit("backend")
    field(page, "Stride, height").fill("1")
    field(page, "Stride, width").fill("1")
    check_output(page, dilation=(1, 2))


def test_html_backend_works_in_a_sandboxed_frame(visit):
    """As in Colab and VS Code: a frame of foreign origin, whose parents cannot be asked for their theme."""
    page = visit("frame")
    frame = page.frame_locator("iframe")
    frame.get_by_label("Stride, height", exact=True).fill("3")
    frame.get_by_text("Output 4 × 5").wait_for()


@pytest.mark.parametrize("width, height", [(1280, 900), (360, 800)])
def test_page_does_not_jump(chromium, address, width, height):
    with browser.open_page(chromium, f"{address}/square.html", width=width, height=height) as page:
        page.wait_for_timeout(800)
        assert page.locator("[data-ready=true]").count() == 1
        shifts = page.evaluate("""() => new Promise(resolve => new PerformanceObserver(list => resolve(
            list.getEntries().map(one => one.value))).observe({type: "layout-shift", buffered: true})
            || setTimeout(() => resolve([]), 300))""")
        assert sum(shifts) <= 0.02 and page.log == []


def test_attributes_hold_against_any_text(chromium, widget_site, address):
    class Nasty(host.Widget):
        name, fields = "nasty", ("text",)
        text = "</script><script>broken = 1</script>'\"><img src=x onerror='broken = 1'>&quot;&amp;\u2028卷积"
        draw = convolution().draw

        def sentence(self):
            return self.text

        def heights_px(self):
            return 10, 10

    browser.write_page(widget_site / "nasty.html", [Nasty()._repr_mimebundle_()[0]["text/html"]])
    with browser.open_page(chromium, f"{address}/nasty.html") as page:
        state = page.evaluate("document.querySelector('[data-course-widget]').dataset.state")
        assert json.loads(state) == {"text": Nasty.text}
        assert page.get_by_role("img").get_attribute("alt") == Nasty.text  # no such widget: the figure stays
        assert page.evaluate("window.broken") is None
        assert all("nasty.js" in line or "404" in line for line in page.log), page.log


def test_a_widget_that_cannot_stand_leaves_its_figure_and_says_why(chromium, widget_site, address):
    html = convolution()._repr_mimebundle_()[0]["text/html"]
    broken = re.sub(r"data-state='[^']*'", "data-state='{broken'", html)
    assert broken != html
    browser.write_page(widget_site / "broken.html", [broken])
    with browser.open_page(chromium, f"{address}/broken.html") as page:
        page.wait_for_selector("[data-ready=false]")
        assert page.get_by_role("img").is_visible()
        assert len(page.log) == 1 and "course widget: SyntaxError" in page.log[0]
