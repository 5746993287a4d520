package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import mqttq.mqtt.Property;
import org.junit.jupiter.api.Test;

/** What a message costs in garbage on its way from one connection to others. */
class AllocationTest {
    private final TestBroker broker = new TestBroker();

    @Test
    void forwardingQos0MakesNoObject() {
        TestClient[] subscribers = {broker.client("s1").in().subscribe(3, mqttq.mqtt.SubscriptionOptions.of(0), "sensors/+/temperature"),
            broker.client("s2").v3().in().subscribe("sensors/#", "#"),
            broker.client("s3").with(Property.TOPIC_ALIAS_MAXIMUM, 5).in().subscribe("sensors/7/temperature")};
        TestClient publisher = broker.client("p").in();
        for (TestClient each : subscribers) {
            each.received();
            each.pipe.discard = true;
        }
        byte[] packet = HexFormat.of().parseHex("30 1d 0015".replace(" ", "") + HexFormat.of().formatHex("sensors/7/temperature".getBytes()) + "00" + "32312e3537");
        byte[] many = new byte[packet.length * 100];
        for (int i = 0; i < 100; i++) System.arraycopy(packet, 0, many, i * packet.length, packet.length);
        ByteBuffer buffer = ByteBuffer.wrap(many);
        for (int i = 0; i < 200; i++) publisher.pipe.in(buffer.rewind());
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = bean.getCurrentThreadAllocatedBytes(), sent = broker.broker.stats().publishSent;
        for (int i = 0; i < 3334; i++) publisher.pipe.in(buffer.rewind());
        long forwarded = broker.broker.stats().publishSent - sent, bytes = bean.getCurrentThreadAllocatedBytes() - before;
        assertEquals(1_000_200, forwarded);
        assertTrue(bytes < forwarded, bytes + " bytes for " + forwarded + " messages");
    }

    @Test
    void aKeptMessageIsSharedByAllThatKeepIt() {
        for (int i = 0; i < 100; i++) broker.client("k" + i).keep().in().subscribe("t").disconnect();
        TestClient publisher = broker.client("p").in();
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        publisher.publish("t", "warm", 1, 1);
        byte[] payload = new byte[50_000];
        long before = bean.getCurrentThreadAllocatedBytes();
        publisher.publish("t", payload, 1, false, 2, mqttq.mqtt.Properties.EMPTY, 0, true, false);
        long bytes = bean.getCurrentThreadAllocatedBytes() - before;
        assertTrue(bytes < 8 * payload.length, "allocated " + bytes);
        assertEquals(2, broker.broker.stats().stored);
    }
}
