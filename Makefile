# Everything starts here: `make demo`, `make test`, `make run`. uv is found, or bootstrapped with pip into .uv/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BIN := .venv/bin
# Ray must not see uv's run hook, and nothing may be looked up at a model hub.
export RAY_ENABLE_UV_RUN_RUNTIME_ENV := 0
export HF_HUB_OFFLINE := 1

.PHONY: help install postgres system demo run test test-clients test-cluster test-provider build-client lint format bench-voice bench-ws bench-samples bench-engines bench-front-end \
	bench-barge-in bench-provider bench-load bench-names bench-tools bench-turns bench-turns-pipecat bench-understanding eval soak chaos chaos-provider clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

.uv/bin/uv:
	@echo "uv is not on PATH: installing it into .uv/ with pip"
	@$(PYTHON) -m venv .uv 2>/dev/null || (echo "python3-venv is missing; installing it" && apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .uv)
	@.uv/bin/pip install --quiet --disable-pip-version-check uv

$(BIN)/.synced: pyproject.toml uv.lock clients/python/pyproject.toml | $(filter .uv/bin/uv,$(UV))
	$(UV) sync --frozen --quiet --compile-bytecode
	@$(BIN)/python -m compileall -q actors business config conversation media protocols serve_app tools
	@touch $@

# Optional: without a C compiler session actors only idle a little dearer (docs/density.md).
actors/native/slow_tick.so: actors/native/slow_tick.c
	@cc -O2 -Wall -shared -fPIC -o $@ $< || echo "$@ is not built: no C compiler that can"

install: $(BIN)/.synced actors/native/slow_tick.so ## Install the locked dependencies into .venv

demo: install ## Start the whole server and hold a spoken conversation with it; ends with 0 only if it did what was said
	$(BIN)/hero365 demo

run: install ## Run the live server (Ctrl-C ends it)
	$(BIN)/hero365 up

postgres: install ## Install PostgreSQL's programs for the tests, if they are missing
	@scripts/install_postgres.sh

test: install postgres ## All tests but the slow suites, after the linters; those of the server come last, alone
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 --dist loadfile -m "not server and not load and not soak and not chaos and not peers and not provider"
	$(BIN)/pytest -m "server and not load and not soak and not chaos and not peers and not provider"

.venv-clients/.synced: | $(filter .uv/bin/uv,$(UV))
	$(UV) venv --quiet --python 3.11 .venv-clients
	VIRTUAL_ENV=.venv-clients $(UV) pip install --quiet "pipecat-ai[openai]==1.14.0" "livekit-plugins-openai==1.8.9"
	@touch $@

test-clients: install .venv-clients/.synced ## Clients that nobody here wrote (OpenAI's, Pipecat's, LiveKit's) against the running server
	$(BIN)/pytest -m "clients or peers"

build-client: install ## Wheel and source archive of the Python client, in dist/
	$(UV) build --quiet --out-dir dist clients/python

test-cluster: install ## Two nodes of a Ray cluster on this machine: conversations spread over them and are resumed
	$(BIN)/pytest -m load tests/e2e/test_two_nodes.py

test-provider: install ## Whole servers on a stand-in for OpenAI: hearing, thinking, speaking, speech to speech, budgets
	$(BIN)/pytest -m provider

lint: install ## ruff, pyright, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: install ## Format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench-barge-in: install ## How fast the assistant falls silent, and whether it goes on when nobody interrupts
	$(BIN)/python -m bench.barge_in

bench-voice: install ## Voice-to-voice and barge-in, measured on the recorded audio
	$(BIN)/python -m bench.voice

bench-provider: install ## What the server adds to the time that a provider takes
	$(BIN)/python -m bench.provider

bench-load: install ## Many conversations at once against models with set latencies: what was held, and what it cost
	$(BIN)/python -m bench.load --sessions 85 --packet-ms 64 --ramp-s 60 --hold-s 600
	$(BIN)/python -m bench.load --sessions 70 --packet-ms 20 --ramp-s 60 --hold-s 600

bench-ws: install ## Server CPU per audio message, by each proxy or route (ARGS="--route serve|direct|both")
	$(BIN)/python -m bench.ws $(ARGS)

bench-samples: install ## How many of the spoken samples are understood
	$(BIN)/python -m bench.samples

bench-front-end: install ## Echo, noise, level, telephone: what the ears make of them
	$(BIN)/python -m bench.front_end

bench-engines: install ## The embedded engines by themselves
	$(BIN)/python -m bench.engines

bench-names: install ## Wrong words and names, before and after the second look (FILE=commands.jsonl for another set)
	$(BIN)/python -m bench.names $(if $(FILE),--commands $(FILE))

bench-tools: install ## Tools against a large database
	$(BIN)/python -m bench.tools

bench-turns: install ## Turn ends: voice-to-voice, cut-offs, and their curve as a plot in bench_out/
	$(BIN)/python -m bench.turns

.venv-pipecat/.synced: | $(filter .uv/bin/uv,$(UV))
	$(UV) venv --quiet --python 3.11 .venv-pipecat
	VIRTUAL_ENV=.venv-pipecat $(UV) pip install --quiet "pipecat-ai[silero]==1.14.0" "moonshine-voice==0.1.0" "hibari-tts[fast]==0.2.1"
	@touch $@

bench-turns-pipecat: install .venv-pipecat/.synced ## Pipecat's default pipeline on the audio of bench-turns (real time), for its plot
	$(BIN)/python -m bench.turns --export-only
	PYTHONPATH=. .venv-pipecat/bin/python bench/turns/pipecat_peer.py bench_out --utterances 210

bench-understanding: install ## Which tool a typed request asks for (FILE=requests.jsonl; default: held-out ones)
	$(BIN)/python -m bench.understanding $(or $(FILE),bench/held_out.jsonl)

eval: install ## Scenarios as text and as audio, report page in bench_out/ (ARGS="--mode text --only NAME --phrasings FILE …")
	$(BIN)/python -m bench.evals $(ARGS)

soak: install ## 1,000 start/stop cycles; nothing may be left
	$(BIN)/pytest -m soak --timeout 7200

chaos: install ## Kill parts of the running server
	$(BIN)/pytest -m chaos --timeout 1800

chaos-provider: install ## 200 conversations while a stand-in for OpenAI fails at everything, at random
	$(BIN)/python -m tests.chaos_provider $(ARGS)

clean: ## Remove what was made, not what was said
	rm -rf .venv .uv .pytest_cache .ruff_cache .hypothesis demo_out
