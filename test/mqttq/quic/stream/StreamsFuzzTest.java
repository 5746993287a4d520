package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.Seeds;
import mqttq.quic.packet.QuicException;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

/** Frames of a hostile peer and an application that does anything in any callback. */
class StreamsFuzzTest {
    private static final Limits LIMITS = new Limits(4096, 16_384, 8192, 8, 2, 16, 2048, 4096);
    private Random random;
    private Streams streams;
    private int opened, closed, mischief;

    private final StreamHandler wild = new StreamHandler() {
        @Override public void onData(QuicStream stream, ByteBuffer data) {
            data.position(data.position() + random.nextInt(data.remaining() + 1));
            act(stream);
        }

        @Override public void onEnd(QuicStream stream) {
            act(stream);
        }

        @Override public void onReset(QuicStream stream, long code) {
            act(stream);
        }

        @Override public void onStopSending(QuicStream stream, long code) {
            act(stream);
        }

        @Override public void onWritable(QuicStream stream) {
            act(stream);
        }

        @Override public void onFinished(QuicStream stream) {
            act(stream);
        }

        @Override public void onClosed(QuicStream stream, String reason) {
            closed++;
            act(stream);
        }
    };

    private void act(QuicStream stream) {
        switch (random.nextInt(12)) {
            case 0 -> stream.write(ByteBuffer.allocate(random.nextInt(5000)));
            case 1 -> stream.finish();
            case 2 -> stream.reset(random.nextInt(100));
            case 3 -> stream.stopSending(random.nextInt(100));
            case 4 -> stream.read(false);
            case 5, 6, 7 -> stream.read(true);
            case 8 -> open();
            default -> { }
        }
    }

    private void open() {
        if (streams.open(random.nextBoolean(), wild) != null) opened++;
    }

    private long id() {
        if (random.nextInt(1000) < mischief) return random.nextInt(20) == 0 ? random.nextLong() >>> 2 : random.nextInt(40);
        return random.nextInt(5) == 0 ? 2 + 4 * random.nextInt(2) : 4 * random.nextInt(8);
    }

    private long offset() {
        if (random.nextInt(1000) < mischief) return random.nextInt(4) == 0 ? random.nextLong() >>> 2 : random.nextInt(6000);
        return random.nextInt(700);
    }

    private void frame() throws QuicException {
        switch (random.nextInt(12)) {
            case 0 -> {
                if (random.nextInt(30) < mischief) streams.onResetStream(id(), 1, offset());
            }
            case 1 -> {
                long id = id();
                if ((id & 2) == 0) streams.onStopSending(id, 1);
            }
            case 2 -> streams.onMaxData(offset());
            case 3 -> streams.onMaxStreamData(id() & ~2, offset());
            case 4 -> streams.onMaxStreams(random.nextBoolean(), random.nextInt(30));
            case 5 -> streams.onStreamDataBlocked(id(), offset());
            default -> {
                ByteBuffer data = ByteBuffer.allocate(random.nextInt(200));
                streams.onStream(id(), Math.min(offset(), (1L << 62) - 1 - data.remaining()), data, random.nextInt(300) < mischief);
                assertEquals(0, data.remaining());
            }
        }
    }

    @Test void endsInAnErrorOrGoesOnWithinItsLimits() throws QuicException {
        SentPacket.Pool records = new SentPacket.Pool(100);
        int errors = 0;
        for (long seed : Seeds.each(3000, 300_000)) {
            random = new Random(seed);
            mischief = (int) (seed % 10);
            opened = closed = 0;
            Budget budget = new Budget(100_000);
            streams = new Streams(false, LIMITS, new BufferPool(1 << 20), budget, new Streams.Owner() {
                @Override public void wake() { }

                @Override public StreamHandler onOpened(QuicStream stream) {
                    opened++;
                    return random.nextInt(5) == 0 ? null : wild;
                }
            });
            streams.peerLimits(5000, 1000, 1000, 1000, 4, 4);
            List<SentPacket> flight = new ArrayList<>();
            try {
                for (int i = 0; i < 300; i++) {
                    frame();
                    streams.settle();
                    if (random.nextInt(4) == 0) open();
                    while (streams.pending() && random.nextInt(4) > 0) {
                        SentPacket record = records.take();
                        ByteBuffer out = ByteBuffer.allocate(40 + random.nextInt(1200));
                        if (streams.write(i * 1000L, 100, out, record)) flight.add(record);
                    }
                    while (!flight.isEmpty() && random.nextBoolean()) {
                        SentPacket record = flight.remove(random.nextInt(flight.size()));
                        if (random.nextInt(3) == 0) streams.onLost(record);
                        else streams.onAcked(record);
                    }
                    int kept = 0;
                    for (long id = 0; id < 200; id++) {
                        QuicStream s = streams.get(id);
                        if (s != null && s.receive != null) kept += s.receive.buffer.capacity();
                    }
                    assertTrue(kept <= 2 * 24_576 + 128 * 10, "kept " + kept);
                }
            } catch (QuicException e) {
                errors++;
            }
            streams.close("end");
            assertTrue(closed <= opened, "refused streams have a handler of their own");
            assertEquals(0, streams.size());
            assertEquals(100_000, budget.left());
        }
        assertTrue(errors > 0 || Long.getLong("mqttq.seed") != null);
    }
}
