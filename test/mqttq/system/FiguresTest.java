package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import mqttq.broker.LocalClient;
import mqttq.mqtt.ApplicationMessage;
import mqttq.quic.ConnectionOptions;
import org.junit.jupiter.api.Test;

/** What {@code $SYS} says of QUIC, and how long the broker holds a connection whose client is silent. */
class FiguresTest {
    private final MqttWorld w = new MqttWorld(1);

    private MqttPeer connected(String id) {
        MqttPeer peer = w.peer(w.clientHost(w.peers.size() + 1), id);
        peer.start("none");
        assertTrue(w.world.runUntil(() -> peer.subscribed == 1, w.world.now() + 10 * SECOND));
        return peer;
    }

    private Map<String, String> heard(String filter) {
        Map<String, String> heard = new TreeMap<>();
        w.broker.localClient((LocalClient client, ApplicationMessage m, int qos, boolean retain) -> {
            heard.put(new String(m.topicArray(), m.topicOffset(), m.topicLength(), StandardCharsets.UTF_8).substring("$SYS/broker/quic/".length()),
                new String(m.array(), m.payloadOffset(), m.payloadLength(), StandardCharsets.UTF_8));
            return true;
        }).subscribe(filter, 0, false, true);
        return heard;
    }

    @Test
    void whoAsksIsToldOfEachClientAndOfAllTogether() {
        w.world.links().delay(20 * MS);
        BrokerSettings settings = Unlimited.settings();
        settings.sysInterval = 10;
        w.broker.settings(settings);
        w.broker.figures(w.bound::figures);
        connected("a");
        connected("b/#");
        Map<String, String> all = heard("$SYS/broker/quic/#");
        w.world.runFor(11 * SECOND);
        String a = all.get("clients/a");
        assertTrue(a.matches("\\{\"local\":\"10.0.0.1:14567\",\"remote\":\"10.0.1.1:\\d+\",\"version\":\"[^\"]+\",\"cipher\":\"TLS_[^\"]+\",\"age_s\":\\d+,"
            + "\"rtt_us\":4\\d{4},\"rtt_min_us\":40\\d{3},\"rtt_variation_us\":\\d+,\"cwnd\":\\d+,\"in_flight\":\\d+,\"mtu\":\\d+,\"packets_sent\":\\d+,"
            + "\"packets_received\":\\d+,\"packets_lost\":0,\"packets_unreadable\":0,\"bytes_sent\":\\d+,\"bytes_received\":\\d+,\"key_updates\":0\\}"), a);
        assertFalse(all.containsKey("clients/b/#"), "no topic has a wildcard in it");
        assertEquals("2", all.get("connections"));
        assertEquals("0", all.get("handshakes"));
        assertEquals("0", all.get("packets/lost"));
        assertTrue(Long.parseLong(all.get("bytes/sent")) > Long.parseLong(all.get("packets/sent")), all.toString());
        assertTrue(Long.parseLong(all.get("bytes/received")) > Long.parseLong(all.get("packets/received")), all.toString());
        Map<String, String> kept = heard("$SYS/broker/quic/#");
        assertEquals("2", kept.get("connections"));
        assertFalse(kept.containsKey("clients/a"), "not kept");
    }

    /** The clients send no PINGs of QUIC's, as other stacks do not, and QUIC's idle timeout is 120 s. */
    @Test
    void aClientThatMayBeSilentForLongerThanQuicIsHeld() {
        w.clientOptions = ConnectionOptions.CLIENT.withKeepAlive(0);
        w.keepAlive = 3600;
        MqttPeer hourly = connected("hourly");
        w.keepAlive = 0;
        MqttPeer silent = connected("silent");
        w.world.runFor(3500 * SECOND);
        assertEquals(0, hourly.disconnects, hourly.lastReason);
        assertEquals(0, silent.disconnects, silent.lastReason);
        w.world.link(silent.loop, w.host).up(false);
        w.world.runFor(300 * SECOND);
        assertEquals(1, w.broker.openConnections(), "and no longer than it is there");
    }
}
