# Two commands for a reader: `make book` and `make test`. Each sets up what it needs.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
BENCH  := .venv-bench
CHECK  := .venv-check
LITE   := .venv-lite
# Written last, in one step: an interrupted installation is not mistaken for a finished one.
STAMP  := $(VENV)/.installed

.PHONY: book test protections seeds grade handout wheel notebooks check-notebooks bench guests check-32 audit gpu golden check check-live lite check-lite pdf epub lighthouse lab editor fonts clean lock setup help
.DELETE_ON_ERROR:

help:
	@echo "make book   build the pages into _build/html (the first time installs everything)"
	@echo "                            PYODIDE=DIR puts the pages' own Python beside them"
	@echo "make test   run the tests"
	@echo "make protections            run the exercises' tests as if bubblewrap and Landlock were missing"
	@echo "make seeds                  try right and wrong answers on 200 seeds; takes hours (SEEDS=20, CH=04)"
	@echo "make grade CH=04            grade your answers of a chapter (HINTS=2 or 3 says more)"
	@echo "make handout                pack the exercises for students, without solutions"
	@echo "make wheel  build what pip installs into dist"
	@echo "make notebooks              gather the chapters as notebooks in _build/notebooks"
	@echo "make bench  measure heads, convolutions and trainings beside PyTorch, and many classes (installs it in an environment of its own)"
	@echo "make golden compute the golden vectors again (half a minute)"
	@echo "make check-32 PYODIDE=DIR   run the tests in a browser's Python (needs Node; PART=exercises)"
	@echo "make guests run the library's tests on PyTorch's tensors (in the same environment)"
	@echo "make audit  bind the calls of the CuPy tests to CuPy's signatures; needs no GPU (same environment)"
	@echo "make gpu    all that a GPU is wanted for, in a quarter of an hour: tests, judge, benchmarks, trainings"
	@echo "make check  look at the built pages in Chromium; links; spelling"
	@echo "make check-live PYODIDE=DIR run every cell and answer exercises in Chromium, without a network"
	@echo "make lite PYODIDE=DIR       build the pages, and JupyterLite beside them, in which every chapter opens"
	@echo "make check-lite PYODIDE=DIR open chapters in it, in Chromium, and run them without a network"
	@echo "make pdf    print the built pages into _build/margins.pdf (needs Chromium)"
	@echo "make epub   make _build/margins.epub of the chapters (needs Chromium)"
	@echo "make lab    open the chapters as notebooks"
	@echo "make editor bundle the pages' code editor again (needs Node and npm; the bundle is committed)"
	@echo "make fonts  cut the faces of pages and figures again (needs npm; the files are committed)"
	@echo "make clean  remove what was built; the next build executes every chapter"
	@echo "make lock   resolve the locks again (needs uv)"

# PYODIDE=DIR puts the Python of an unpacked Pyodide beside the pages, for readers without a network.
book: $(STAMP)
	@PYODIDE="$(PYODIDE)" $(BIN)/python -m tools.build

# One BLAS thread for each of the two workers: more would only wait for each other.
test: $(STAMP)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

# `make test` tries hostile answers under each protection that works here, and all else that runs
# answers under the strongest. These are the same tests with all protections, where the strongest is
# missing, and where the next one is too.
LACKING ?= nothing bubblewrap bubblewrap,landlock
protections: $(STAMP)
	@for lacking in $(LACKING); do \
	  echo "lacking: $$lacking"; \
	  OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/grader/without.py $$lacking -- $(BIN)/python -m pytest -q -n 2 \
	    $(addprefix tests/grader/test_,notebook.py students_run.py teachers_run.py handout.py sight.py imports.py) \
	    || exit 1; done

# The tests draw two seeds; here are many. With CH=04 one chapter only.
SEEDS ?= 200
seeds: $(STAMP)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/grader/every_seed.py --seeds $(SEEDS) $(CH)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/grader/replays.py --seeds $(SEEDS) $(CH)

# A folder by its number. The table says all there is to say, so make's own line on the exit status
# is all that follows it.
grade: $(STAMP)
	@folder=$(firstword $(wildcard $(addsuffix -*,$(addprefix exercises/,$(CH) $(addprefix 0,$(CH)))))); \
	if [ -z "$$folder" ]; then \
	  echo "make grade needs the number of a chapter, such as CH=04. There are:" \
	    $$(cd exercises && ls -d [0-9]*/ | cut -c1-2); exit 2; fi; \
	$(BIN)/python -m pytest -q --no-header $$folder $(if $(HINTS),--hints $(HINTS))

handout: $(STAMP)
	@$(BIN)/python -m exercises handout

wheel: $(STAMP)
	@$(BIN)/python -m hatchling build -t wheel

# What Colab and Binder open: the notebooks of the last `make book`, outputs included.
notebooks: $(STAMP)
	@PYTHONPATH=book/_ext $(BIN)/python -m tools.notebooks gather

check-notebooks: notebooks
	@PYTHONPATH=book/_ext $(BIN)/python -m tools.notebooks try

# PyTorch stays out of the book's environment.
bench: $(BENCH)/.installed
	$(BENCH)/bin/python -m margins.benchmarks.heads
	$(BENCH)/bin/python -m margins.benchmarks.conv
	$(BENCH)/bin/python -m margins.benchmarks.training
	$(BENCH)/bin/python -m margins.benchmarks.roofline
	$(BENCH)/bin/python -m margins.benchmarks.many
	$(BENCH)/bin/python -m margins.benchmarks.growth

# In a browser's Python, which counts the places of an array in 32 bits: needs Node, and a folder
# with Pyodide. PART is one of losses, layers, page, metrics and exercises, or
# several; all if none.
check-32: $(STAMP)
	@$(BIN)/python -m tools.wasm "$(PYODIDE)" $(PART)

# A changed file has to be explained: it is a change of what is right.
golden: $(STAMP)
	@$(BIN)/python -m tools.golden

# The tests that take arrays of every library, with PyTorch's tensors: a library of another make, so
# that what is written against the standard is held against more than NumPy.
guests: $(BENCH)/.installed
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BENCH)/bin/python -m pytest -k "torch or guests" \
	  tests/mlcore $(PYTEST_ARGS)

# The tests that run on CuPy, where its wheel is and no GPU: every call is bound to the signature of
# CuPy's own function, and computed by NumPy. `make test` has them too where CuPy is installed.
audit: $(BENCH)/.installed
	OPENBLAS_NUM_THREADS=1 $(BENCH)/bin/python -m pytest -n 2 -q -k cupy \
	  tests/mlcore tests/margins tests/test_cupy_stand_in.py $(PYTEST_ARGS)

# With CuPy, and PyTorch where it is to be measured beside; nothing is installed here. On a machine
# without a GPU, `make gpu DEVICE=cpu SECONDS=60` rehearses it with NumPy, in small.
DEVICE  ?= gpu
SECONDS ?= 840
GPU     ?= $(firstword $(wildcard $(BIN)/python) $(PYTHON))
gpu:
	@$(GPU) -m tools.gpu --device $(DEVICE) --seconds $(SECONDS)

$(BENCH)/.installed: margins/benchmarks/requirements.txt pyproject.toml
	@$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -r margins/benchmarks/requirements.txt -e .
	@touch $@

# What looks at the pages stays out of the book's environment too. PAGES=04 looks at some only.
check: $(CHECK)/.installed
	@$(CHECK)/bin/python -m tools.browser.check_spelling
	@$(CHECK)/bin/python -m tools.browser.check_links
	@$(CHECK)/bin/python -m tools.browser.check_checks
	@$(CHECK)/bin/python -m tools.browser.check_pages _build/html $(PAGES)

# The pages as readers use them, with the Pyodide unpacked in DIR. CHAPTERS=04 runs its cells only.
check-live: $(CHECK)/.installed
	@if [ -z "$(PYODIDE)" ]; then \
	  echo "make check-live needs PYODIDE=DIR, the folder of an unpacked release of Pyodide"; exit 2; fi
	@$(MAKE) --no-print-directory book PYODIDE="$(PYODIDE)"
	@$(if $(CHAPTERS),,$(CHECK)/bin/python -m tools.browser.live_controls)
	@$(CHECK)/bin/python -m tools.browser.check_live _build/html $(CHAPTERS)

# The chapters as notebooks in JupyterLite, in _build/html/lite. Its kernel fits some versions of
# Pyodide and no others: see book/_ext/margins_book/lite.py.
lite: $(STAMP) $(LITE)/.installed
	@if [ -z "$(PYODIDE)" ]; then \
	  echo "make lite needs PYODIDE=DIR, the folder of an unpacked release of Pyodide 0.27"; exit 2; fi
	@PYODIDE="$(PYODIDE)" LITE="$(CURDIR)/$(LITE)/bin/jupyter-lite" $(BIN)/python -m tools.build

check-lite: lite $(CHECK)/.installed
	@$(CHECK)/bin/python -m tools.browser.check_lite

$(LITE)/.installed: requirements-lite.lock
	@$(PYTHON) -m venv $(LITE)
	$(LITE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lite.lock
	@touch $@

pdf: $(CHECK)/.installed
	@$(CHECK)/bin/python -m tools.print_pdf

epub: $(STAMP) $(CHECK)/.installed
	@$(BIN)/python -m tools.epub_pages > _build/epub.log 2>&1 || { cat _build/epub.log; exit 1; }
	@$(CHECK)/bin/python -m tools.finish_epub

# Needs Node; measures time, which on a shared machine is no yes or no. So not a part of check.
lighthouse: $(CHECK)/.installed
	@$(CHECK)/bin/python -m tools.browser.lighthouse

$(CHECK)/.installed: requirements-check.lock
	@$(PYTHON) -m venv $(CHECK)
	$(CHECK)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-check.lock
	@touch $@

# A click on a chapter opens it as a notebook: jupytext reads and writes the .md itself.
lab: $(STAMP)
	JUPYTER_CONFIG_PATH=$(CURDIR)/tools/jupyter $(BIN)/jupyter lab book

# CodeMirror from its lock, in one file beside the pages' scripts; a change of it is committed.
editor:
	@mkdir -p _build/editor && cp book/editor/*.js* book/editor/*.mjs _build/editor
	@cd _build/editor && npm ci --ignore-scripts --no-audit --no-fund && node build.mjs $(CURDIR)/book/_static/live

# What fontTools and npm bring stays in _build; a changed file is committed.
fonts:
	@mkdir -p _build/fonts && cp book/fonts/*.json _build/fonts
	@cd _build/fonts && npm ci --ignore-scripts --no-audit --no-fund
	@test -x _build/fonts/venv/bin/python || $(PYTHON) -m venv _build/fonts/venv
	@_build/fonts/venv/bin/python -m pip install --quiet --disable-pip-version-check fonttools==4.68.0 brotli==1.2.1
	@_build/fonts/venv/bin/python -m tools.subset_fonts _build/fonts

setup: $(STAMP)

# Without pip's own complaint about its age, and from the lock only: the same versions everywhere.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)' || { \
	  echo "This book needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing)."; \
	  echo "Point to another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); } || { \
	  rm -rf $(VENV); \
	  echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP).new && mv $(STAMP).new $(STAMP)

clean:
	rm -rf _build dist

lock:
	uv pip compile pyproject.toml --extra book --extra test --universal --python-version 3.11 \
	  --generate-hashes --no-header -o requirements.lock
	uv pip compile --group pyproject.toml:check --universal --python-version 3.11 \
	  --generate-hashes --no-header -o requirements-check.lock
	uv pip compile --group pyproject.toml:lite --universal --python-version 3.11 \
	  --generate-hashes --no-header -o requirements-lite.lock
