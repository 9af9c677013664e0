# Two commands do everything: `make book` and `make test`. Both may be repeated; what has not changed is not done again.
UV := $(or $(shell command -v uv),.uv/bin/uv)
PYTHON := .venv/bin/python
SITE := _build/html
PORT ?= 8000
# Debian's package of each command that the tests start and that no Python package brings.
BROWSER := $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))) chromium)

.PHONY: book serve test lab assignments bench proof lock clean

book: .venv/ready  ## run the lessons that changed, build the site, every warning an error
	@mkdir -p build && $(PYTHON) -m course_lib.book
	@.venv/bin/jupyter-book build . -W -n --keep-going -q >build/book.log 2>&1 || { cat build/book.log; rm -rf _build; exit 1; }
	@echo "The site is $(SITE)/index.html: open that file, or run 'make serve' for http://localhost:$(PORT)."

serve: book
	@cd $(SITE) && ../../$(PYTHON) -m http.server --bind localhost $(PORT)

test: book  ## all tests; `make test TESTS=tests/test_layers.py` for some
	@sh .ci/debian-packages $(BROWSER):chromium bwrap:bubblewrap
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check -q
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest -q -n 2 --dist worksteal $(TESTS)

lab: .venv/ready  ## JupyterLab, where a click on a lesson opens it as a notebook
	@.venv/bin/jupytext-config --settings-file .venv/share/jupyter/lab/settings/overrides.json set-default-viewer python
	@.venv/bin/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) chapters

assignments: .venv/ready  ## nbgrader's source notebooks, under build/source
	@$(PYTHON) -m course_lib.grading.notebooks $(notdir $(wildcard assignments/*))

bench: .venv/ready
	@for file in benchmarks/*.py; do $(PYTHON) $$file || exit 1; done

proof: .venv/ready
	@$(PYTHON) tests/proof.py

lock: $(UV)  ## after a change of the dependencies in pyproject.toml
	$(UV) pip compile -q --universal --all-extras pyproject.toml -o requirements.txt --python-version 3.11

clean:
	rm -rf _build build/book.log build/source

.venv/ready: requirements.txt pyproject.toml | $(UV)
	@echo "Putting into .venv what is missing (6 GB in all, most of it PyTorch): a minute or a few, as the network is."
	@[ -x $(PYTHON) ] || $(UV) venv -q --python '>=3.11' .venv
	@$(UV) pip sync -q --python $(PYTHON) requirements.txt
	@$(UV) pip install -q --python $(PYTHON) --no-deps -e .
	@touch $@

.uv/bin/uv:
	@python3 -c 'import ensurepip' 2>/dev/null || sh .ci/debian-packages ensurepip:python3-venv
	@python3 -m venv .uv && .uv/bin/pip install -q uv
