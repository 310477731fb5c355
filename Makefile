# A fresh machine needs python3 (3.11 or newer), a C++20 compiler and make; everything else comes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
comma := ,
NATIVE := pyproject.toml CMakeLists.txt src/unrolled/_native.pyi $(wildcard native/*)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: test check demo sanitize emulate format size lock clean
.DEFAULT_GOAL := test

test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest

check: $(VENV)/installed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

demo: $(VENV)/installed
	$(BIN)/python examples/demo.py

# The kernels' own test (tests/native), without Python. $(call native_test,FOLDER,CMAKE OPTIONS,EMULATOR,ARGUMENTS) builds
# it and runs it with each instruction set that is there.
define native_test
	@echo "Building the kernels' test in build/$(1) ..."
	@$(BIN)/cmake -S tests/native -B build/$(1) -DCMAKE_BUILD_TYPE=Release $(2) > /dev/null
	@$(BIN)/cmake --build build/$(1) --parallel 2 > build/$(1)/log 2>&1 || { cat build/$(1)/log; exit 1; }
	@for isa in $$($(3) build/$(1)/kernels_test --available); do \
	  echo "$(1) $(4)"; UNROLLED_ISA=$$isa $(3) build/$(1)/kernels_test $(4) || exit 1; done
endef

# Any overrun, undefined behaviour or race ends it.
sanitize: $(VENV)/locked
	$(call native_test,address,-DSANITIZE=address$(comma)undefined,,1)
	$(call native_test,thread,-DSANITIZE=thread,,1 threads)

# Instruction sets that this processor need not have: AVX-512 by SIMDe, NEON by qemu.
emulate: $(VENV)/locked
	@test -e /usr/include/simde/x86/avx512.h && command -v aarch64-linux-gnu-g++ qemu-aarch64 > /dev/null || { \
	  echo "make emulate needs: apt-get install libsimde-dev g++-aarch64-linux-gnu qemu-user"; exit 1; }
	$(call native_test,avx512,-DSIMDE=ON,,2)
	$(call native_test,neon,-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
	  -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_EXE_LINKER_FLAGS=-static,qemu-aarch64,1)

format: $(VENV)/installed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

$(VENV)/locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	  "unrolled needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1); call: make PYTHON=python3.11"; exit 1; }
	@echo "Making $(VENV) and installing the locked packages (about 2 minutes, most of it PyTorch) ..."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile -r requirements.lock  # what is never imported need not be compiled: minutes
	@touch $@

$(VENV)/installed: $(VENV)/locked $(NATIVE)
	@echo "Building the native extension (under a minute) ..."
	$(BIN)/pip install --quiet --no-build-isolation --no-deps -e .
	@touch $@

# Lines per room: small is a goal.
size:
	@git ls-files 'native/*' 'src/*' 'tests/*' 'benchmarks/*.py' 'examples/*.py' | xargs wc -l | awk '$$2 != "total" { \
	  n = split($$2, part, "/"); room = part[1]; if (n > 2 && part[1] == "tests") room = room "/" part[2]; \
	  if (part[1] == "src") room = part[1] "/" part[2] "/" (n > 3 ? part[3] "/" : part[3]); \
	  lines[room] += $$1; total += $$1 } \
	  END { for (room in lines) printf "%6d %s\n", lines[room], room | "sort -k2"; close("sort -k2"); printf "%6d total\n", total }'

# What pip resolves today for every extra, pinned exactly; PyTorch is raised by hand, as results depend on it. "+cpu"
# names one index's build of the same version.
TORCH := 2.13.0
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet ".[all]" torch==$(TORCH)
	{ echo "# Made by make lock; every package of every extra, and what builds the native extension."; \
	  build/lock/bin/pip freeze --exclude unrolled | sed 's/+cpu$$//'; } > requirements.lock
	rm -rf build/lock

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
