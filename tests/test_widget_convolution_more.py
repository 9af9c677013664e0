"""What a page of the convolution widget loads only when it is asked for: questions, the matrix, the code."""

import browser
import pytest

from course_lib.widgets import convolution

LATER = "convolution_more.js"
TABS = {"As a matrix": ".cw-matrix", "PyTorch": "pre.cw-code code:not(:empty)"}
NOT_LOADED = "This part did not load. Check the connection, then choose it again."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("more")
    pages = {"plain": convolution(5), "ask": convolution(5, ask=True), "code": convolution(5, view="code")}
    browser.write_widgets(folder, pages, inline=True)
    return folder


@pytest.fixture(scope="module", params=["http", "file"])
def address(folder, request):
    """The address of the folder, from a server and from a disk."""
    if request.param == "file":
        yield folder.as_uri()
        return
    with browser.serve(folder) as one:
        yield one


def loaded(page):
    return page.locator(f'script[src*="{LATER}"]').count()


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_loads_what_it_needs_once(visit, tab):
    page = visit("plain")
    assert loaded(page) == 0
    page.get_by_role("tab", name=tab).click()
    page.locator(TABS[tab]).wait_for()
    page.get_by_role("tab", name="Output").click()
    page.get_by_role("tab", name=tab).click()
    page.get_by_label("ask me first").wait_for(state="hidden")
    assert loaded(page) == 1


def test_a_question_hides_the_answer_before_its_script_is_there(visit):
    page = visit("plain")
    page.get_by_label("ask me first").check()
    page.get_by_text("How large is the output?").wait_for()
    assert page.get_by_role("grid", name="Output").count() == 0
    assert loaded(page) == 1


@pytest.mark.parametrize("name", ["ask", "code"])
def test_a_script_that_came_along_inline_loads_nothing(visit, name):
    page = visit(f"{name}-inline")
    wanted = page.get_by_text("How large is the output?") if name == "ask" else page.locator(TABS["PyTorch"])
    wanted.wait_for()
    assert loaded(page) == 0


@pytest.mark.parametrize("name", ["ask", "code", "plain"])
def test_what_does_not_load_is_told_and_asked_for_again(chromium, folder, name):
    with browser.serve(folder) as site, browser.open_page(chromium, f"{site}/plain.html") as page:
        page.route(f"**/{LATER}*", lambda call: call.abort())
        page.goto(f"{site}/{name}.html")
        browser.wait_ready(page)
        if name == "plain":
            page.get_by_role("tab", name="As a matrix").click()
        if name == "ask":  # questions cannot be asked, so that nothing stays hidden
            page.get_by_role("grid", name="Output 3 × 3").wait_for()
            assert not page.get_by_label("ask me first").is_checked()
        else:
            page.get_by_role("tabpanel").get_by_text(NOT_LOADED).wait_for()
        page.get_by_role("status").filter(has_text=NOT_LOADED).wait_for(state="attached")
        page.unroute(f"**/{LATER}*")
        if name == "ask":
            page.get_by_label("ask me first").check()
            page.get_by_text("How large is the output?").wait_for()
            return
        page.get_by_role("tab", name="Output").click()
        page.get_by_role("tab", name="PyTorch").click()
        page.locator(TABS["PyTorch"]).wait_for()
