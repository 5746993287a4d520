package mqttq.client.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import mqttq.link.TestPipe;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which addresses are tried when (RFC 8305), and when QUIC gives way to TLS (MQTT over QUIC single-stream mode §6.5, §6.6). */
class DialerTest {
    private static final long MS = 1_000_000L, SECOND = 1000 * MS;

    private final SimWorld world = new SimWorld(5);
    private final SimLoop host = world.host("10.0.0.1").helpers(0, 0);
    private final List<String> events = new ArrayList<>();
    /** What an attempt comes to: ms until then, and "up", "failed", "refused" or "" for never. */
    private Function<String, String> outcome = address -> "";
    private final Transport.Connected client = new Transport.Connected() {
        @Override public Pipe.Handler onConnected(Pipe pipe) {
            event("connected");
            return null;
        }

        @Override public void onFailed(String reason) {
            event("failed: " + reason);
        }

        @Override public void onRefused(String reason) {
            event("refused: " + reason);
        }
    };

    private void event(String what) {
        events.add(host.now() / MS + " " + what);
    }

    @BeforeEach
    void name() {
        world.name("one", "10.0.0.2");
        world.name("many", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2");
    }

    private final class Scripted implements Transport {
        private final String name;

        Scripted(String name) {
            this.name = name;
        }

        @Override public Bound listen(Loop loop, InetSocketAddress local, Acceptor acceptor) {
            throw new UnsupportedOperationException();
        }

        @Override public Attempt connect(Loop loop, InetSocketAddress remote, Connected connected) {
            String address = name + " " + remote.getAddress().getHostAddress();
            event(address);
            String[] then = outcome.apply(address).split(" ");
            Timers.Timer timer = loop.timer(() -> {
                switch (then[1]) {
                    case "up" -> connected.onConnected(new TestPipe(1));
                    case "refused" -> connected.onRefused("no");
                    default -> connected.onFailed("unreachable");
                }
            });
            if (then.length == 2) timer.at(loop.now() + Long.parseLong(then[0]) * MS);
            return () -> {
                timer.cancel();
                event("cancelled " + address);
            };
        }
    }

    private void dial(String name, boolean fallback) {
        ClientSettings settings = ClientSettings.of(new ClientSettings.Endpoint(new Scripted("quic"), name, 1),
            new Connect(ProtocolVersion.MQTT_5, false, "c", true, 60, null, null, null, Properties.EMPTY));
        if (fallback) settings = settings.withFallback(new ClientSettings.Endpoint(new Scripted("tls"), name, 2));
        new FallbackDialer(host, settings, client);
        world.run(60 * SECOND);
        assertEquals("", world.leaks());
    }

    private void expect(String... lines) {
        events.removeIf(line -> line.contains("cancelled"));
        assertEquals(List.of(lines), events);
    }

    @Test
    void addressesAreTriedAQuarterOfASecondApartIPv6First() {
        dial("many", false);
        expect("0 quic 2001:db8:0:0:0:0:0:1", "250 quic 10.0.0.2", "500 quic 2001:db8:0:0:0:0:0:2", "750 quic 10.0.0.3", "30000 failed: no answer in time");
    }

    @Test
    void theFirstThatStandsWinsAndTheOthersAreGivenUp() {
        outcome = address -> address.contains("10.0.0.2") ? "100 up" : "";
        dial("many", false);
        assertEquals(List.of("0 quic 2001:db8:0:0:0:0:0:1", "250 quic 10.0.0.2", "350 cancelled quic 2001:db8:0:0:0:0:0:1", "350 cancelled quic 10.0.0.2", "350 connected"), events);
    }

    @Test
    void oneThatFailsMakesWayForTheNextAtOnce() {
        outcome = address -> address.contains("10.0.0.3") ? "5 up" : "1 failed";
        dial("many", false);
        expect("0 quic 2001:db8:0:0:0:0:0:1", "1 quic 10.0.0.2", "2 quic 2001:db8:0:0:0:0:0:2", "3 quic 10.0.0.3", "8 connected");
    }

    @Test
    void allFailedIsAFailure() {
        outcome = address -> "1 failed";
        dial("many", false);
        assertEquals("4 failed: unreachable", events.get(events.size() - 1));
    }

    @Test
    void withoutAFallbackARefusalIsTold() {
        outcome = address -> "7 refused";
        dial("one", false);
        expect("0 quic 10.0.0.2", "7 refused: no");
    }

    @Test
    void anUnreachableQuicIsTriedThreeTimesMoreAfter1And2And4Seconds() {
        outcome = address -> address.startsWith("quic") ? "10 failed" : "20 up";
        dial("one", true);
        expect("0 quic 10.0.0.2", "1010 quic 10.0.0.2", "3020 quic 10.0.0.2", "7030 quic 10.0.0.2", "7040 tls 10.0.0.2", "7060 connected");
    }

    @Test
    void aSilentQuicHas5SecondsAndAllTriesTogether10() {
        outcome = address -> address.startsWith("quic") ? "" : "20 up";
        dial("one", true);
        expect("0 quic 10.0.0.2", "6000 quic 10.0.0.2", "10000 tls 10.0.0.2", "10020 connected");
    }

    @Test
    void aQuicThatDoesNotSpeakMqttGivesWayAtOnce() {
        outcome = address -> address.startsWith("quic") ? "30 refused" : "20 up";
        dial("one", true);
        expect("0 quic 10.0.0.2", "30 tls 10.0.0.2", "50 connected");
    }

    @Test
    void aQuicThatComesBackInTimeIsTaken() {
        outcome = address -> address.startsWith("quic") && events.size() < 2 ? "10 failed" : "20 up";
        dial("one", true);
        expect("0 quic 10.0.0.2", "1010 quic 10.0.0.2", "1030 connected");
    }

    @Test
    void whenNeitherStandsItIsAFailure() {
        outcome = address -> address.startsWith("quic") ? "1 refused" : "2 failed";
        dial("one", true);
        expect("0 quic 10.0.0.2", "1 tls 10.0.0.2", "3 failed: unreachable");
    }
}
