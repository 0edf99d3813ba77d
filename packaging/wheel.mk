# The Python wheel. Included by the Makefile.

WHEELS := $(TARGET)/python
# Programs that build and check it, from PyPI: the shell installs them when it is asked for the first time.
PYTHON_TOOLS = tools=$$($(CURDIR)/tests/venv.sh python-tools $(CURDIR)/packaging/python/tools.txt)

.PHONY: wheel test-python lint-python

wheel: archive setup-python ## make a Python wheel, with the library in it, into target/python
	@$(PYTHON_TOOLS) && PYTHON=$$tools/python packaging/wheel.sh $(LINKABLE)/libscxbridge.a $(VERSION) $(WHEELS)

test-python: wheel ## test the Python package, installed from the wheel
	@$(PYTHON_TOOLS) && PYTHON_TOOLS=$$tools $(COUNTED) python unittest -- $(PYTHON) tests/python/run.py $(WHEELS)

lint-python: setup-python
	@$(PYTHON_TOOLS) && cd packaging/python && $$tools/mypy --cache-dir $(WHEELS)/mypy scxbridge ../../examples/python/fifo.py
