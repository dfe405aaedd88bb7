# One verb, one script. `make demo` and `make test` install what they need by themselves.

PORT ?= 8000
N ?= 2
export PORT N

VERBS = bench bench-peers build clean client cluster demo format install lint matrix test typecheck

.DEFAULT_GOAL = help
.PHONY: help $(VERBS)

help:
	@echo 'make demo       the demos on http://127.0.0.1:8000 (PORT=8123 for another port)'
	@echo 'make cluster    the demos in two processes behind nginx, with Redis (N=4 for four of them)'
	@echo 'make test       all checks and all tests'
	@echo 'make matrix     the tests without the browser on Python 3.11, 3.12 and 3.13'
	@echo 'make lint       ruff: rules and format'
	@echo 'make typecheck  mypy --strict and tsc --strict'
	@echo 'make format     bring the Python code into its format'
	@echo 'make client     build the client into reactor/static/client.js'
	@echo 'make bench      run the benchmarks'
	@echo 'make bench-peers  measure the same page in other frameworks, in a browser (installs them in .cache)'
	@echo 'make build      build the wheel into dist/'
	@echo 'make install    make .venv and install everything that the other verbs need'
	@echo 'make clean      remove environments, caches, build products and the data of the demos'

$(VERBS):
	@sh scripts/$@
