# mqttq: `make` needs a JDK 17 or later and nothing else; the tests need Maven too, which fetches JUnit.
JAVA_BIN := $(if $(JAVA_HOME),$(JAVA_HOME)/bin/)
# the quick compiler suits a compiler that runs for seconds: half the work, on a Pi as well
JAVAC    := $(JAVA_BIN)javac -J-XX:+IgnoreUnrecognizedVMOptions -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC --release 17 -encoding UTF-8 -XDstringConcat=inline
SOURCES  := $(shell find src -name '*.java')
HELP     := src/mqttq/cli/help
TESTS    := $(shell find test/mqttq -name '*.java')
STRICT   := -Xlint:all -Werror

JUNIT_VERSION := 1.11.4
JUNIT_SHA256  := b016ef6b1c3454d6d7c2c88ce081dabf289699686af6622d6e4e2e1b54b4a2fc
JUNIT         := build/junit-platform-console-standalone-$(JUNIT_VERSION).jar
# -Xmx keeps a leak from hiding; ONLY=package, package.Class or 'package.Class#method' narrows a run, SEED=7 takes that seed alone
RUN_TESTS = $(JAVA_BIN)java -Xmx768m -XX:+UseSerialGC -ea -cp build/test-classes:build/strict-classes:test:$(JUNIT) $(PROPERTIES) $(if $(SEED),-Dmqttq.seed=$(SEED)) mqttq.TestRunner $(foreach one,$(ONLY),'$(one)')

.PHONY: all mutants test soak interop mosquitto-suite matching pi-test citations pi-install pi-uninstall clean help
all: mqttq.jar

# the tests' strictly compiled classes serve where they are there and newer than every source
mqttq.jar: $(SOURCES) $(wildcard $(HELP)/*)
	@if [ -e build/strict.stamp ] && [ -z "$$(find src -newer build/strict.stamp)" ]; then classes=build/strict-classes; else \
	    classes=build/classes && rm -rf $$classes && mkdir -p $$classes && echo "compiling src" && \
	    $(JAVAC) -nowarn -d $$classes $(SOURCES) && cp -r $(HELP) $$classes/mqttq/cli/ || exit 1; fi && \
	$(JAVA_BIN)jar --create --file $@ --main-class mqttq.Main -C $$classes .

test: build/tests.stamp mqttq.jar
	@$(RUN_TESTS)

soak: build/tests.stamp mqttq.jar
	@$(MAKE) --no-print-directory test PROPERTIES=-Dmqttq.soak=true

interop: mqttq.jar
	@test/interop/run

mosquitto-suite: mqttq.jar
	@BROKER="$(JAVA_BIN)java -XX:+UseSerialGC -Xshare:auto -jar $(CURDIR)/mqttq.jar broker" test/interop/mosquitto-suite build/mosquitto-suite -j 2

matching: build/tests.stamp
	@$(JAVA_BIN)java -XX:+UseSerialGC -Xmx512m -cp build/test-classes:build/strict-classes:$(JUNIT) mqttq.broker.MatchingBench

mutants: build/tests.stamp
	@test/mutants/run $(N)

pi-test: mqttq.jar
	@test/pi/run

citations: build/tests.stamp
	@$(JAVA_BIN)java -cp build/test-classes mqttq.Citations $(or $(SPEC),../shared/spec)

build/strict.stamp: $(SOURCES) $(wildcard $(HELP)/*)
	@rm -rf build/strict-classes && mkdir -p build/strict-classes
	@echo "compiling src, strictly" && $(JAVAC) $(STRICT) -d build/strict-classes $(SOURCES) && cp -r $(HELP) build/strict-classes/mqttq/cli/
	@touch $@

build/tests.stamp: build/strict.stamp $(TESTS) $(JUNIT)
	@rm -rf build/test-classes && mkdir -p build/test-classes
	@echo "compiling test" && $(JAVAC) $(STRICT) -cp build/strict-classes:$(JUNIT) -d build/test-classes $(TESTS)
	@touch $@

$(JUNIT):
	@mkdir -p build
	mvn -q -B dependency:copy -Dartifact=org.junit.platform:junit-platform-console-standalone:$(JUNIT_VERSION) -DoutputDirectory=build
	@echo "$(JUNIT_SHA256)  $@" | sha256sum -c --quiet || { rm -f $@; echo "JUnit's checksum is not the one held in the Makefile" >&2; exit 1; }

pi-install: mqttq.jar
	@pi/install.sh install

pi-uninstall:
	@pi/install.sh uninstall

clean:
	rm -rf build mqttq.jar

help:
	@echo "make            builds mqttq.jar (JDK 17 or later)"
	@echo "make test       all tests that need a JDK and JUnit alone (Maven fetches it); ONLY=mqttq.tls narrows it to a package,"
	@echo "                class or 'class#method', SEED=7 to one seed"
	@echo "make soak       the same with many more seeds"
	@echo "make interop    tests against real peers and with Mosquitto's own broker tests (Debian, as root: it installs them)"
	@echo "make mosquitto-suite  Mosquitto's own broker tests alone (needs python3-psutil)"
	@echo "make matching   measures what publishing costs among 1,000 and 100,000 subscriptions and retained messages"
	@echo "make mutants    takes out one check at a time and says whether the tests notice, some minutes (N='1 2' narrows it: test/mutants/list.txt)"
	@echo "make pi-test    the Pi's script with a real SSH server, cron and desktop session, in namespaces of its own (Debian, as root; part of interop)"
	@echo "make citations  lists the MUSTs of RFC 9000, 9001 and 9002 and where the source cites each (SPEC=folder with rfc900[012].md)"
	@echo "make pi-install    on a Pi: jar, script, autostart and crontab lines for this user (ROOT=1: root's restart too); pi-uninstall takes them away"
	@echo "make clean      removes what was built"
