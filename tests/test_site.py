"""The built site in a real browser: no foreign host, both themes, a phone, no JavaScript, from a disk or a zip."""

import html
import re
import shutil
from pathlib import Path

import browser
import nbformat
import pytest

from course_lib.book import execute

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
PAGES = execute.pages()
LESSONS = [page for page in PAGES if (ROOT / page).with_suffix(".py").exists()]
PAGE_BYTES = 1_200_000  # gzipped, pictures apart
LOADED = "kind => performance.getEntriesByType(kind).map(entry => [entry.name, entry.encodedBodySize])"
VERSION = re.search(r'^version = "(\d+)(\.\S+)"', (ROOT / "pyproject.toml").read_text(), re.M)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site():
    assert SITE.is_dir(), "the site is not built: run `make book`"
    return SITE


@pytest.fixture(scope="module")
def address(site):
    with browser.serve(site) as one:
        yield one


def test_every_page_of_the_contents_is_built_and_no_other(site):
    built = {str(path.relative_to(site).with_suffix("")) for path in (site / "chapters").rglob("*.html")}
    assert built == set(PAGES)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page_name", [*PAGES, "search", "genindex"])
def test_a_page_asks_no_foreign_host_and_has_no_error(chromium, address, page_name, dark):
    with browser.open_page(chromium, f"{address}/{page_name}.html", dark=dark) as page:
        browser.wait_ready(page)
        page.wait_for_load_state("networkidle")
        assert page.log == []
        assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page_name", PAGES)
def test_axe_finds_nothing_in_the_text(chromium, address, page_name, dark):
    with browser.open_page(chromium, f"{address}/{page_name}.html", dark=dark) as page:
        browser.wait_ready(page)
        page.wait_for_load_state("networkidle")
        found = browser.axe(page, "article.bd-article")
        assert [line for line in found if line.startswith("violations")] == []


@pytest.mark.parametrize("width", [browser.PHONE_PX, 360])
@pytest.mark.parametrize("page_name", [*PAGES, "search"])
def test_a_phone_needs_no_sideways_scroll(chromium, address, page_name, width):
    with browser.open_page(chromium, f"{address}/{page_name}.html", width=width, height=740) as page:
        browser.wait_ready(page)
        assert browser.sideways_px(page) <= 0


@pytest.mark.parametrize("page_name", PAGES)
def test_a_page_is_light(chromium, address, page_name):
    with browser.open_page(chromium, f"{address}/{page_name}.html") as page:
        browser.wait_ready(page)
        page.wait_for_load_state("networkidle")
        entries = [*page.evaluate(LOADED, "navigation"), *page.evaluate(LOADED, "resource")]
    total = sum(size for url, size in entries if not re.search(r"\.(svg|png|jpe?g|gif)$", url))
    assert 100_000 < total <= PAGE_BYTES, entries


def test_the_address_of_the_site_leads_to_the_first_page(chromium, address):
    with browser.open_page(chromium, f"{address}/index.html") as page:
        page.wait_for_url("**/chapters/index.html")
        assert page.log == []


@pytest.mark.parametrize("page_name", LESSONS)
def test_without_javascript_every_widget_is_a_figure(chromium, address, page_name):
    with browser.open_page(chromium, f"{address}/{page_name}.html", java_script_enabled=False) as page:
        figures = page.locator("[data-course-widget] img")
        assert figures.count() == page.locator("[data-course-widget]").count() >= 1
        for figure in figures.all():
            figure.scroll_into_view_if_needed()
            assert figure.is_visible() and len(figure.get_attribute("alt")) > 40
            assert figure.bounding_box()["width"] > 200


@pytest.mark.parametrize("page_name", LESSONS)
def test_the_widget_of_a_lesson_answers_to_keyboard_and_mouse(chromium, address, page_name):
    with browser.open_page(chromium, f"{address}/{page_name}.html") as page:
        browser.wait_ready(page)
        widget = page.locator(".course-widget").first
        output = widget.get_by_role("grid").nth(2)
        output.get_by_role("gridcell").nth(1).hover()
        first = widget.locator(".cw-story").inner_text()
        assert "output[0, 1] =" in first
        output.locator('[tabindex="0"]').focus()
        page.keyboard.press("ArrowDown")
        assert widget.locator(".cw-story").inner_text() != first
        sizes = []
        for stride in "12":
            widget.get_by_label("Stride", exact=True).fill(stride)
            page.keyboard.press("Enter")
            sizes.append(output.get_by_role("row").count())
        assert sizes[0] >= 4 and sizes[1] == (sizes[0] + 1) // 2
        assert page.log == []


def test_every_picture_has_a_text(site):
    for path in site.glob("chapters/**/*.html"):
        article = (
            path.read_text(encoding="utf-8").split('<article class="bd-article">')[1].split("</article>")[0]
        )
        for image in re.findall(r"<img[^>]*>", article):
            alt = html.unescape(re.search(r'alt="([^"]*)"', image)[1])
            assert len(alt) > 30 and not re.fullmatch(r"[\w/]+\.(svg|png)", alt), f"{path}: {image}"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_one_twin_of_every_plot_is_shown(chromium, address, dark):
    with browser.open_page(chromium, f"{address}/chapters/architectures/lenet-5.html", dark=dark) as page:
        pictures = page.locator("div.cell_output img.only-light, div.cell_output img.only-dark")
        shown = [picture.is_visible() for picture in pictures.all()]
        assert sum(shown) * 2 == len(shown) >= 8
        assert page.locator(f"div.cell_output img.only-{'light' if dark else 'dark'}").first.is_hidden()


@pytest.mark.parametrize("page_name", PAGES)
def test_launch_and_download_buttons_lead_to_this_notebook(site, page_name):
    text = html.unescape((site / f"{page_name}.html").read_text(encoding="utf-8"))
    notebook = nbformat.read(site / "notebooks" / f"{page_name}.ipynb", as_version=4)
    assert notebook.cells[0].source.startswith("# ")
    up = "../" * page_name.count("/")
    assert f'href="{up}notebooks/{page_name}.ipynb"' in text
    if page_name in LESSONS:
        branch = "convnet-course/convnet-course/blob/notebooks"
        assert f'href="https://colab.research.google.com/github/{branch}/{page_name}.ipynb"' in text
        assert f"how-to-run.html?notebook={page_name}.ipynb#on-a-jupyterhub" in text
    assert not re.search(r'href="[^"]+\.py"', text.split("</article>")[0].split("header-article")[1])


def test_the_hub_form_opens_the_lesson_on_the_readers_hub(chromium, address):
    url = f"{address}/chapters/how-to-run.html?notebook={LESSONS[0]}.ipynb"
    with browser.open_page(chromium, url) as page:
        page.get_by_label("Address of your hub").fill("https://hub.example.edu/")
        page.get_by_role("button", name="Open on the hub").click()
        page.wait_for_timeout(500)
        (asked,) = page.log[:1]
        assert asked.startswith(
            "foreign request: https://hub.example.edu/hub/user-redirect/git-pull?repo=https"
        )
        assert f"urlpath=lab%2Ftree%2Fconvnet-course%2F{LESSONS[0].replace('/', '%2F')}.ipynb" in asked


def test_search_finds_a_lesson(chromium, address):
    with browser.open_page(chromium, f"{address}/search.html?q=subsampling") as page:
        result = page.locator("#search-results li a").first
        result.wait_for()
        assert "LeNet-5" in result.inner_text() and page.log == []


def test_the_footer_names_edition_and_version(site):
    year, rest = VERSION.groups()
    for page_name in PAGES:
        text = (site / f"{page_name}.html").read_text(encoding="utf-8")
        assert f"Edition {year}, course_lib {year}{rest}" in text
        assert ("This page ran in" in text) == (page_name in LESSONS)


def test_it_opens_from_an_unpacked_zip_without_a_server(chromium, site, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "site"), "zip", site)
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    page_url = (tmp_path / "unpacked" / "chapters" / "foundations" / "convolution.html").as_uri()
    with browser.open_page(chromium, page_url) as page:
        browser.wait_ready(page)
        page.locator("mjx-container").first.wait_for()
        assert page.log == []


def test_no_file_of_the_site_asks_another_host_for_a_part(site):
    loads = r"""(?:<(?:script|img|iframe)[^>]*\ssrc|<link[^>]*\shref|url\()\s*=?["'( ]*((?:https?:)?//[^"')\s>]+)"""
    allowed = "https://convnet-course.github.io/convnet-course/"  # the canonical address of a page
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        found = [
            url for url in re.findall(loads, path.read_text(encoding="utf-8")) if not url.startswith(allowed)
        ]
        assert found == [], path
