package mqttq.quic.recovery;

import static mqttq.quic.recovery.PacketNumberSpace.APPLICATION;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import mqttq.Seeds;
import mqttq.quic.packet.QuicException;
import org.junit.jupiter.api.Test;

/** Random sending and acknowledging, honest and not, against a model that keeps everything in maps. */
class LossDetectorFuzzTest {
    private static final long MS = 1_000_000;
    private final TreeMap<Long, Integer> outstanding = new TreeMap<>();
    private final TreeSet<Long> lost = new TreeSet<>();
    private int inFlight;

    private final LossDetector.Handler handler = new LossDetector.Handler() {
        @Override public void onAcked(int space, SentPacket packet) {
            if (packet.lost()) {
                assertTrue(lost.remove(packet.number()));
                return;
            }
            inFlight -= outstanding.remove(packet.number());
        }

        @Override public void onLost(int space, SentPacket packet) {
            inFlight -= outstanding.remove(packet.number());
            assertTrue(lost.add(packet.number()));
        }

        @Override public void onProbe(int space, SentPacket packet) {
            assertTrue(outstanding.containsKey(packet.number()));
        }
    };

    @Test void agreesWithAModelThatKeepsEverything() {
        int errors = 0;
        for (long seed : Seeds.each(300, 30_000)) {
            Random random = new Random(seed);
            outstanding.clear();
            lost.clear();
            inFlight = 0;
            LossDetector detector = new LossDetector(false, new Cubic(1200), new SentPacket.Pool(10), random, handler);
            detector.handshakeConfirmed(0);
            boolean honest = seed % 3 > 0;
            TreeSet<Long> sent = new TreeSet<>();
            long now = 0;
            try {
                for (int i = 0; i < 2000; i++) {
                    now += random.nextInt(4) * MS;
                    if (detector.deadline() <= now) {
                        detector.onTimeout(now);
                        detector.probe(APPLICATION, detector.probes(APPLICATION));
                    }
                    for (int n = random.nextInt(4); n > 0 && detector.room() > 1200; n--) {
                        SentPacket packet = detector.packet();
                        int bytes = 100 + random.nextInt(1100), kind = random.nextInt(8);
                        packet.flag(kind == 0 ? 0 : kind == 1 ? SentPacket.IN_FLIGHT : SentPacket.ACK_ELICITING);
                        long number = detector.nextNumber(APPLICATION);
                        sent.add(number);
                        if (kind != 0) {
                            outstanding.put(number, bytes);
                            inFlight += bytes;
                        }
                        detector.onSent(now, APPLICATION, packet, bytes);
                    }
                    if (!sent.isEmpty() && random.nextInt(3) == 0) ack(detector, random, sent, now, honest);
                    assertEquals(inFlight, detector.bytesInFlight());
                }
            } catch (QuicException e) {
                assertTrue(!honest, e::toString);
                errors++;
            }
        }
        assertTrue(errors > 0 || Long.getLong("mqttq.seed") != null);
    }

    private static void ack(LossDetector detector, Random random, TreeSet<Long> sent, long now, boolean honest) throws QuicException {
        long high = sent.last() - random.nextInt(6) + (honest ? 0 : random.nextInt(7));
        if (honest && (high < 0 || !sent.contains(high))) return;
        detector.onAck(APPLICATION, high, random.nextInt(30) * MS);
        for (int ranges = 0; high >= 0 && ranges < 5; ranges++) {
            long low = Math.max(0, high - random.nextInt(20));
            if (honest) while (!sent.subSet(low, high + 1).first().equals(low) || sent.subSet(low, high + 1).size() != high - low + 1) low++;
            detector.onAckRange(low, high);
            high = low - 2 - random.nextInt(5);
            if (honest && !sent.contains(high)) break;
        }
        detector.onAckEnd(now, -1, -1, -1);
    }
}
