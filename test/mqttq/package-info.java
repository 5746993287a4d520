/**
 * The tests mirror the packages of the source. {@link mqttq.TestRunner} runs them, {@code make help} says how.
 *
 * <p><b>Harnesses</b>, from small to large: plain unit tests beside each class; {@code quic.stream.StreamPair} (two ends of streams and
 * nothing else); {@code quic.QuicHost} (endpoints on a simulated network: {@code quic/*Test} is one connection in it); {@code
 * broker.TestBroker} with {@code TestClient} (the broker with packets, no network); {@code system.MqttWorld} (broker and clients, QUIC or
 * TCP, network and disk simulated: the whole product). {@code sim} has the simulator: {@code SimWorld} is the virtual clock and the seed,
 * {@code SimLink} a network that delays, loses, reorders and cuts, {@code SimDisk} a disk that tears, fails and loses power. {@code
 * test/interop} runs the jar against programs of others, {@code test/pi} the Pi's script; neither is part of {@code make test}.
 *
 * <p><b>Which test holds what</b>: {@code ArchitectureTest} the layers, sizes and the one home of I/O; {@code system.DeterminismTest} that
 * a seed gives the same run everywhere; {@code system.PowerCutTest} and {@code journal.JournalTest} that nothing acknowledged is lost;
 * {@code system.BadNetworkTest}, {@code MovingTest}, {@code ResumingTest} exactly-once over bad, changing and interrupted networks; {@code
 * quic.AttackTest}, {@code HardeningTest}, {@code AmplificationTest} and the {@code FuzzTest}s what a hostile peer may do; {@code
 * broker.LimitsTest} each limit; {@code StatementTest} that each normative statement of MQTT 5 has a test ({@code @Statement}); {@code
 * mqtt.codec.RawPacketsTest} and {@code tls.Rfc8448Test} bytes as the standards have them; the three {@code AllocationTest}s and {@code
 * quic.MemoryTest} what a message and an idle connection cost. {@code quic.stream.StreamsTest} is about QUIC's streams, {@code
 * broker.StreamsTest} about MQTT's data streams.
 *
 * <p><b>A failure</b> prints the one command that repeats it: {@code make test ONLY='package.Class#method' SEED=7}. {@link mqttq.Seeds}
 * decides how many seeds a randomised test runs: a few in {@code make test}, many in {@code make soak}. No test sleeps or is decided by
 * time: time is virtual.
 */
package mqttq;
