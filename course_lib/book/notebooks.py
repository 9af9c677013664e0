"""Pages of the book as notebooks that read well and run where MyST is not known, as on Colab."""

import ast
import json
import pprint
import re

from course_lib.book.execute import ROOT, cached, read_lesson

SETUP = """\
# On Colab and on a hub this installs the library of this edition; where it is installed already, nothing happens.
import importlib.util

if importlib.util.find_spec("course_lib") is None:
    %pip install -q "convnet-course @ git+{repository}@{revision}"
"""

# A lesson reads the numbers of a long run from the checkout. A notebook on its own has them written out.
READS_RESULT = r'json\.loads\(Path\("\.\./results/(\S+)"\)\.read_text\(\)\)'


def export(pagename, repository, site, revision):
    """The notebook of a page as JSON text, without outputs.

    `site` is the address of the published book, `revision` the tag or commit whose library the notebook installs.
    """
    import nbformat

    lesson = (ROOT / pagename).with_suffix(".py")
    if lesson.exists():
        cells = read_lesson(lesson.read_text()).cells
        cells.insert(1, nbformat.v4.new_code_cell(SETUP.format(repository=repository, revision=revision)))
    else:
        cells = [nbformat.v4.new_markdown_cell(lesson.with_suffix(".md").read_text())]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    values = glued(pagename)
    cited = dict.fromkeys(re.findall(r"\{footcite:[pt]\}`(\w+)`", "".join(cell.source for cell in cells)))
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # nbformat draws ids at random: the file would never be the same
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.source = re.sub(READS_RESULT, _result, cell.source)
        else:
            cell.source = commonmark(cell.source, pagename, site, values, cited)
    return nbformat.writes(notebook) + "\n"


def glued(pagename):
    """What the lesson glued when it ran for the book, by name."""
    run = cached(pagename) if (ROOT / pagename).with_suffix(".py").exists() else None
    outputs = [output for cell in run[0].cells for output in cell.get("outputs", [])] if run else []
    records = [(o.metadata.scrapbook, o.data) for o in outputs if "scrapbook" in o.get("metadata", {})]
    return {s.name: ast.literal_eval(data[s.mime_prefix + "text/plain"]) for s, data in records}


def commonmark(text, pagename, site, values, cited=()):
    """MyST as plain Markdown: directives become quotes and details, roles become text, links go to the site."""
    folder = site + pagename.rpartition("/")[0] + "/"
    text = re.sub(r"```\{literalinclude\} (\S+)\n:pyobject: (\S+)\n```", _source_code, text)
    text = re.sub(
        r"```\{image\} \S*?([^/\s]+)\n:alt: (.*?)\n.*?```", rf"![\2]({site}_images/\1)", text, flags=re.S
    )
    text = re.sub(r"```\{footbibliography\}\n```", lambda _: "\n".join(map(_reference, cited)), text)
    text = re.sub(r"^:::\{dropdown\} (.*?)\n(.*?)^:::$", _details, text, flags=re.S | re.M)
    text = re.sub(r"^:::\{(\w+)\} ?(.*?)\n(.*?)^:::$", _quote, text, flags=re.S | re.M)
    text = re.sub(r"\$\$ \((\S+)\)$", r"\\tag{\1} $$", text, flags=re.M)
    text = re.sub(r"\{eq\}`(.*?)`", r"(\1)", text)
    text = re.sub(r" ?\{footcite:[pt]\}`(\w+)`", lambda match: f" ({_short(match[1])})", text)
    text = re.sub(r"\{glue:text\}`(.*?)`", lambda match: values.get(match[1], "…"), text)
    return re.sub(r"\]\((?!\w+:)([^)#\s]+)\.(?:py|md)(#\S+)?\)", rf"]({folder}\1.html\2)", text)


def _result(match):
    return pprint.pformat(
        json.loads((ROOT / "chapters" / "results" / match[1]).read_text()), sort_dicts=False
    )


def _details(match):
    return f"<details><summary>{match[1]}</summary>\n\n{match[2]}\n</details>"


def _quote(match):
    kind, title, body = match.groups()
    lines = [f"**{title or kind.capitalize()}**", "", *body.strip().split("\n")]
    return "\n".join("> " + line for line in lines)


def _source_code(match):
    """The definition of a function or class that a page shows from the library."""
    path, name = match.groups()
    source = (ROOT / path.lstrip("/")).read_text()
    found = next(node for node in ast.walk(ast.parse(source)) if getattr(node, "name", None) == name)
    return f"```python\n{ast.get_source_segment(source, found)}\n```"


def _entry(key):
    """Authors' last names, and the fields, of an entry of the bibliography."""
    from pybtex.database import parse_file

    entry = parse_file(ROOT / "references.bib").entries[key]
    return [" ".join(person.last_names) for person in entry.persons["author"]], entry.fields


def _short(key):
    authors, fields = _entry(key)
    return f"{authors[0] + ' et al.' if len(authors) > 2 else ' and '.join(authors)}, {fields['year']}"


def _reference(key):
    authors, fields = _entry(key)
    where = [fields[name] for name in ("journal", "booktitle", "publisher", "note") if name in fields]
    number = f" {fields['volume']}({fields['number']})" if "volume" in fields else ""
    return f"- {', '.join(authors)}: *{fields['title']}*. {where[0]}{number}, {fields['year']}."
