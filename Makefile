# Tessera: what people do with the source. `make demo` and `make test` install what is missing first.
SWIFT ?= swift
FLAGS = -c release --explicit-target-dependency-import-check error
TESSERA = .build/release/tessera
# Tests see the inside of rooms, which takes a build of their own. They run one after the other: most use every core themselves.
TEST_FLAGS = $(FLAGS) -Xswiftc -enable-testing --scratch-path .build-testing

.PHONY: demo test test-mpi-all build setup race race-mpi race-ranks interoperability fuzz fuzz-guided prove check-plan format schema docs clean help

help:
	@echo "make demo    install what is missing, build, make a picture (out/demo.png)"
	@echo "make test    install what is missing, build, run every test"
	@echo "make build   install what is missing, build $(TESSERA)"
	@echo "make test-mpi-all  the tests of MPI under four libraries, with mpi4py, a killed rank and two hosts"
	@echo "make race-mpi  run ping-pong and broadcast in turn with plain C on the same MPI"
	@echo "make race-ranks  run pictures of 2, 4 and 8 MPI ranks in turn with IceT and ParaView, as far as they are installed (RACE=--help)"
	@echo "make race    run each workload in turn with VTK (makes its own Python environment)"
	@echo "make fuzz    read 200 damaged copies of every file of FUZZ_DATA (../shared/data by default)"
	@echo "make fuzz-guided  let libFuzzer look for inputs that reach new code, SECONDS in all (600); make fuzz where there is no libFuzzer"
	@echo "make prove   prove that results and pictures are the same bytes on any number of ranks, for every file of PROVE_DATA (../shared/data by default)"
	@echo "make check-plan  compare what tessera plan predicts with frames timed on this machine"
	@echo "make interoperability  read everything that tessera writes with VTK, PyVista and meshio"
	@echo "make format  format the sources"
	@echo "make schema  write Documentation/scene.schema.json anew, after keys or filters have changed"
	@echo "make docs    build the documentation of the public rooms into out/docs"

setup:
	@Scripts/setup

build: setup
	$(SWIFT) build $(FLAGS) --product tessera

demo: build
	@mkdir -p out
	$(TESSERA) demo -o out/demo.png

test: setup
	@Scripts/setup --mpi
	$(SWIFT) build $(TEST_FLAGS) --build-tests
	$(SWIFT) test $(TEST_FLAGS) --skip-build --no-parallel

test-mpi-all: setup
	@Scripts/setup --mpi-all
	$(SWIFT) build $(FLAGS) --product MPIProgram
	$(SWIFT) build $(FLAGS) --product tessera
	Tests/MPI/all .build/release/MPIProgram .build/release/tessera

race-mpi: setup
	@Scripts/setup --mpi
	$(SWIFT) build $(FLAGS) --product MPIProgram
	Benchmarks/mpi/race .build/release/MPIProgram

race-ranks: build
	@Scripts/setup --mpi
	Benchmarks/ranks/race.py --tessera $(TESSERA) $(RACE)

race: build
	@Scripts/setup --race
	.race/bin/python Benchmarks/race.py --tessera $(TESSERA) $(RACE)

fuzz: setup
	$(SWIFT) build $(FLAGS) --product tessera-fuzz
	.build/release/tessera-fuzz $(or $(FUZZ_DATA),../shared/data) Fuzzing/Seeds $(FUZZ)

fuzz-guided: setup
	@if Scripts/fuzz-guided --can; then SWIFT="$(SWIFT)" Scripts/fuzz-guided $(or $(SECONDS),600) $(or $(FUZZ_DATA),../shared/data) $(FORMATS); \
	else echo "this toolchain has no libFuzzer: damaged copies instead"; $(MAKE) fuzz; fi

prove: build
	Scripts/prove --tessera $(TESSERA) --data $(or $(PROVE_DATA),../shared/data) $(PROVE)

check-plan: build
	Benchmarks/plan.py --tessera $(TESSERA) $(PLAN)

interoperability: build
	@Scripts/setup --interoperability
	.race/bin/python Tests/Interoperability/matrix.py --tessera $(TESSERA) $(ONLY)

format:
	$(SWIFT) format --in-place --recursive --configuration .swift-format Sources Tests Package.swift

schema: build
	$(TESSERA) schema > Documentation/scene.schema.json

docs:
	Scripts/docs

clean:
	rm -rf .build .build-testing out .race .mpi
