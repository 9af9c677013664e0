"""What turns the lessons into the published book."""


def glue(name, text):
    """Keep `text` under `name` for the prose of this page, which prints it by the role `glue:text`.

    It does what `myst_nb.glue` does, and needs nothing of the book's tools where a lesson runs on its own.
    """
    from IPython.display import display

    prefix = "application/papermill.record/"
    scrapbook = {"name": name, "mime_prefix": prefix}
    display({prefix + "text/plain": repr(str(text))}, raw=True, metadata={"scrapbook": scrapbook})
