package mqttq.kafka;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.Pipe;
import mqttq.transport.TcpTransport;
import mqttq.transport.Transport;
import mqttq.transport.TransportLimits;
import mqttq.wire.Digests;

/**
 * A Kafka of some brokers in the simulator, with the real one's rules: for leaders, for producers' epochs and sequences (the last five
 * batches are recognised, state expires), one request of a connection after another. Its log survives its brokers, as with acks=all.
 */
final class ModelKafka {
    static final int PORT = 9092;
    static final long MS = 1_000_000L, SECOND = 1000 * MS;

    /** A batch in the log. */
    record Stored(long base, byte[] bytes, int count) { }

    /** What a broker knows of a producer: epoch, and first and last sequence and offset of its last five batches. */
    static final class ProducerState {
        int epoch;
        long written;
        final ArrayDeque<long[]> last = new ArrayDeque<>();
    }

    static final class Partition {
        int leader;
        long start, end;
        final List<Stored> log = new ArrayList<>();
        final Map<Long, ProducerState> producers = new TreeMap<>();
        /** Errors to answer the next batches with. */
        final ArrayDeque<Integer> errors = new ArrayDeque<>();
        /** Of the only producer. */
        ProducerState producer() { return producers.values().iterator().next(); }

        /** (producer id, first offset), as a response names aborted transactions. */
        final List<long[]> aborted = new ArrayList<>();
    }

    final SimWorld world;
    final Random random;
    final List<Broker> brokers = new ArrayList<>();
    final Map<String, Partition[]> topics = new LinkedHashMap<>();
    final Map<Api, int[]> versions = new EnumMap<>(Api.class);
    /** "api vVERSION hex" of each request's body, where a test looks at them. */
    final List<String> requests = new ArrayList<>();
    final List<String> commits = new ArrayList<>();
    boolean keepRequests;
    int tooLarge = 1 << 20;
    long expiry = Long.MAX_VALUE, nextProducer = 1000, sessionMillis, produceNanos;
    /** How often, in a thousand, a connection is lost before a request is carried out, and after. */
    int lostBefore, lostAfter;
    /** How often, in a thousand, some bytes of an answer are others. */
    int garbled;
    String user, password = "secret", mechanism;
    /** A request that is answered with silence. */
    Api silent;
    /** What somebody is told whose epoch is too low; and whether it is an error (up to Kafka 2.4) that a producer is not known. */
    int fenced = 47;
    boolean strange;
    int authentications, appended, duplicates;
    private String nonce, scramBare, challenge;

    ModelKafka(SimWorld world, int brokers, long seed) {
        this.world = world;
        random = new Random(seed);
        for (Api api : Api.values()) versions.put(api, new int[] {api.min, api.max});
        for (int i = 0; i < brokers; i++) this.brokers.add(new Broker(i + 1, world.host("10.0.1." + (i + 1))));
    }

    Partition[] topic(String name, int partitions) {
        Partition[] made = new Partition[partitions];
        for (int i = 0; i < partitions; i++) {
            made[i] = new Partition();
            made[i].leader = brokers.get(i % brokers.size()).id;
        }
        topics.put(name, made);
        return made;
    }

    /** All records of a partition in order, as text "key=value". */
    List<String> read(String topic, int partition) {
        List<String> all = new ArrayList<>();
        KafkaRecord record = new KafkaRecord();
        for (Stored stored : topics.get(topic)[partition].log) {
            RecordBatch batch = RecordBatch.next(ByteBuffer.wrap(stored.bytes)).open(1 << 24);
            while (batch.read(record)) all.add((record.key() == null ? "" : text(record.key()) + "=") + (record.value() == null ? "null" : text(record.value())));
        }
        return all;
    }

    static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
    }

    /** Appends what somebody else has produced. */
    void append(Partition partition, byte[] batch) {
        ByteBuffer.wrap(batch).putLong(0, partition.end);
        int count = ByteBuffer.wrap(batch).getInt(RecordBatch.LAST_DELTA) + 1;
        partition.log.add(new Stored(partition.end, batch, count));
        partition.end += count;
        appended++;
    }

    final class Broker {
        final int id;
        final SimLoop host;
        private Transport.Bound bound;
        boolean up;

        Broker(int id, SimLoop host) {
            this.id = id;
            this.host = host;
            start();
        }

        void start() {
            up = true;
            bound = new TcpTransport(TransportLimits.DEFAULT).listen(host, new InetSocketAddress(host.address(), PORT), Connection::new);
        }

        /** kill -9. */
        void crash() {
            up = false;
            host.crash();
        }

        void close() {
            bound.close();
        }

        private final class Connection implements Pipe.Handler {
            private final Pipe pipe;
            private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();
            private final ArrayDeque<ByteBuffer> out = new ArrayDeque<>();
            private ByteBuffer in = ByteBuffer.allocate(4096);
            private boolean busy, gone, authenticated = mechanism == null;

            Connection(Pipe pipe) {
                this.pipe = pipe;
            }

            @Override public void onData(ByteBuffer data) {
                if (in.remaining() < data.remaining()) in = ByteBuffer.allocate(2 * in.capacity() + data.remaining()).put(in.flip());
                in.put(data);
                in.flip();
                while (in.remaining() >= 4 && in.remaining() >= 4 + in.getInt(in.position())) {
                    byte[] frame = new byte[in.getInt()];
                    in.get(frame);
                    waiting.add(ByteBuffer.wrap(frame));
                }
                in.compact();
                next();
            }

            private void next() {
                if (busy || gone || waiting.isEmpty()) return;
                busy = true;
                ByteBuffer request = waiting.poll();
                if (random.nextInt(1000) < lostBefore) {
                    pipe.abort(0, "lost");
                    return;
                }
                Api api = api(request.getShort());
                int version = request.getShort(), correlation = request.getInt();
                Frame.readString(request);
                if (keepRequests) requests.add(api + " v" + version + " " + HexFormat.of().formatHex(request.array(), request.position(), request.limit()));
                if (api == silent) return;
                if (!authenticated && api != Api.API_VERSIONS && api != Api.SASL_HANDSHAKE && api != Api.SASL_AUTHENTICATE) {
                    pipe.abort(0, "not authenticated");
                    return;
                }
                Frame answer = new Frame(0, 0, correlation, null); // its first 4 bytes are replaced below
                long wait = handle(api, version, request, answer);
                ByteBuffer whole = join(answer.finish());
                ByteBuffer response = ByteBuffer.allocate(4 + whole.remaining() - 10).putInt(whole.remaining() - 10).putInt(correlation);
                response.put(whole.position(14)).flip();
                if (random.nextInt(1000) < garbled && response.limit() > 8) {
                    for (int i = random.nextInt(4); i >= 0; i--) response.put(8 + random.nextInt(response.limit() - 8), (byte) (random.nextInt(4) - 2));
                    if (random.nextInt(4) == 0) response.limit(8 + random.nextInt(response.limit() - 8)).putInt(0, response.limit() - 4);
                }
                if (random.nextInt(1000) < lostAfter) {
                    pipe.abort(0, "lost");
                    return;
                }
                host.timer(() -> {
                    out.add(response);
                    busy = false;
                    onWritable();
                    next();
                }).at(host.now() + wait);
            }

            @Override public void onWritable() {
                for (ByteBuffer each; !gone && (each = out.peek()) != null; out.poll()) {
                    pipe.write(each);
                    if (each.hasRemaining()) return;
                }
            }

            @Override public void onEnd() {
                pipe.abort(0, "");
            }

            @Override public void onClosed(String reason) {
                gone = true;
            }

            /** Returns how long the answer takes, ns. */
            private long handle(Api api, int version, ByteBuffer in, Frame out) {
                switch (api) {
                    case API_VERSIONS -> {
                        out.i16(0).i32(versions.size() + 1).i16(99).i16(0).i16(7);
                        versions.forEach((each, range) -> out.i16(each.key).i16(range[0]).i16(range[1]));
                    }
                    case METADATA -> metadata(version, in, out);
                    case INIT_PRODUCER_ID -> out.i32(0).i16(0).i64(nextProducer++).i16(0);
                    case PRODUCE -> {
                        produce(Broker.this, version, in, out);
                        return produceNanos;
                    }
                    case LIST_OFFSETS -> listOffsets(Broker.this, version, in, out);
                    case FETCH -> {
                        return fetch(Broker.this, version, in, out) ? 0 : 100 * MS;
                    }
                    case CREATE_TOPICS -> {
                        in.getInt();
                        String name = Frame.readString(in);
                        topic(name, in.getInt());
                        out.i32(0).i32(1).string(name).i16(0).string(null);
                    }
                    case FIND_COORDINATOR -> {
                        if (version >= 1) out.i32(0);
                        out.i16(0);
                        if (version >= 1) out.string(null);
                        out.i32(id).string(host.address().getHostAddress()).i32(PORT);
                    }
                    case OFFSET_COMMIT -> commit(version, in, out);
                    case SASL_HANDSHAKE -> {
                        boolean known = Frame.readString(in).equals(mechanism);
                        nonce = null;
                        out.i16(known ? 0 : 33).i32(1).string(mechanism);
                    }
                    case SASL_AUTHENTICATE -> {
                        byte[] answer = authenticate(Frame.readBytes(in));
                        boolean proved = answer != null && (answer.length == 0 || answer[0] == 'v');
                        authenticated |= proved;
                        out.i16(answer != null ? 0 : 58).string(answer != null ? null : "Authentication failed").bytes(answer != null ? answer : new byte[0]);
                        if (version >= 1) out.i64(sessionMillis);
                        if (proved) authentications++;
                    }
                }
                return 0;
            }
        }
    }

    private static ByteBuffer join(List<ByteBuffer> parts) {
        ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(ByteBuffer::remaining).sum());
        parts.forEach(all::put);
        return all.flip();
    }

    private static Api api(int key) {
        for (Api api : Api.values()) if (api.key == key) return api;
        throw new AssertionError("no API " + key);
    }

    /** PLAIN or SCRAM (RFC 5802, the server's side); null: no. */
    private byte[] authenticate(byte[] token) {
        String text = new String(token, StandardCharsets.UTF_8);
        if (mechanism.equals("PLAIN")) return text.equals("\0" + user + "\0" + password) ? new byte[0] : null;
        boolean large = mechanism.endsWith("512");
        String hmac = large ? "HmacSHA512" : "HmacSHA256", hash = large ? "SHA-512" : "SHA-256", salt = "c2FsdHNhbHQ=";
        if (nonce == null) {
            scramBare = text.substring(3);
            nonce = text.substring(text.indexOf(",r=") + 3) + "server";
            return (challenge = "r=" + nonce + ",s=" + salt + ",i=4096").getBytes(StandardCharsets.UTF_8);
        }
        byte[] salted = Digests.pbkdf2(hmac, password.getBytes(StandardCharsets.UTF_8), Base64.getDecoder().decode(salt), 4096);
        String message = scramBare + "," + challenge + "," + text.substring(0, text.indexOf(",p="));
        byte[] key = Digests.hmac(hmac, salted, "Client Key"), signature = Digests.hmac(hmac, Digests.hash(hash, key), message);
        for (int i = 0; i < key.length; i++) key[i] ^= signature[i];
        if (!text.endsWith(",p=" + Base64.getEncoder().encodeToString(key)) || !scramBare.startsWith("n=" + user + ",")) return null;
        return ("v=" + Base64.getEncoder().encodeToString(Digests.hmac(hmac, Digests.hmac(hmac, salted, "Server Key"), message))).getBytes(StandardCharsets.UTF_8);
    }

    private void metadata(int version, ByteBuffer in, Frame out) {
        out.i32(0).i32((int) brokers.stream().filter(b -> b.up).count());
        for (Broker broker : brokers) if (broker.up) out.i32(broker.id).string(broker.host.address().getHostAddress()).i32(PORT).string(null);
        out.string("cluster").i32(brokers.get(0).id);
        int asked = in.getInt();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < asked; i++) names.add(Frame.readString(in));
        boolean create = in.get() != 0;
        out.i32(asked);
        for (String name : names) {
            if (create && !topics.containsKey(name)) topic(name, 1);
            Partition[] partitions = topics.getOrDefault(name, new Partition[0]);
            out.i16(partitions.length == 0 ? 3 : 0).string(name).i8(0).i32(partitions.length);
            for (int i = 0; i < partitions.length; i++) {
                int leader = partitions[i].leader;
                boolean up = brokers.get(leader - 1).up;
                out.i16(up ? 0 : 5).i32(i).i32(up ? leader : -1);
                if (version >= 7) out.i32(0);
                out.i32(1).i32(leader).i32(1).i32(leader);
                if (version >= 5) out.i32(0);
            }
            if (version >= 8) out.i32(0);
        }
        if (version >= 8) out.i32(0);
    }

    private void produce(Broker broker, int version, ByteBuffer in, Frame out) {
        Frame.readString(in);
        if (in.getShort() == 0) throw new AssertionError("acks 0");
        in.getInt();
        int count = in.getInt();
        out.i32(count);
        for (int t = 0; t < count; t++) {
            String name = Frame.readString(in);
            int partitions = in.getInt();
            out.string(name).i32(partitions);
            for (int p = 0; p < partitions; p++) {
                int index = in.getInt();
                long[] base = {-1};
                List<Integer> bad = new ArrayList<>();
                int error = append(broker, name, index, Frame.readBytes(in), base, bad);
                out.i32(index).i16(error).i64(base[0]).i64(-1);
                if (version >= 5) out.i64(0);
                if (version < 8) continue;
                out.i32(bad.size());
                for (int each : bad) out.i32(each).string("it is bad");
                out.string(error == 87 ? "one is bad" : null);
            }
        }
        out.i32(0);
    }

    /** The rules of ProducerStateManager, ProducerAppendInfo and UnifiedLog. */
    private int append(Broker broker, String topic, int index, byte[] bytes, long[] base, List<Integer> bad) {
        Partition[] known = topics.get(topic);
        if (known == null || index >= known.length) return 3;
        Partition partition = known[index];
        if (partition.leader != broker.id) return 6;
        Integer injected = partition.errors.poll();
        boolean appendedAllTheSame = injected != null && (injected == 7 || injected == 20);
        if (injected != null && !appendedAllTheSame) return injected;
        RecordBatch batch = RecordBatch.next(ByteBuffer.wrap(bytes)).open(1 << 24);
        if (bytes.length > tooLarge) return 10;
        KafkaRecord record = new KafkaRecord();
        for (int i = 0; batch.read(record); i++) if (record.value() != null && text(record.value()).startsWith("bad")) bad.add(i);
        if (!bad.isEmpty()) return 87;
        long now = world.now();
        partition.producers.values().removeIf(state -> now - state.written > expiry);
        ProducerState state = partition.producers.get(batch.producerId());
        int first = batch.sequence(), last = Line.advance(first, batch.count() - 1);
        if (state != null) {
            if (batch.epoch() < state.epoch) return fenced;
            if (batch.epoch() == state.epoch) {
                for (long[] each : state.last) {
                    if (each[0] == first && each[1] == last) {
                        duplicates++;
                        base[0] = each[2];
                        return 0;
                    }
                }
                if (first != Line.advance((int) state.last.getLast()[1], 1)) return 45;
            } else if (first != 0) {
                return 45;
            }
        }
        if (state == null && first != 0 && strange) return 59;
        if (state == null || batch.epoch() > state.epoch) {
            partition.producers.put(batch.producerId(), state = new ProducerState());
            state.epoch = batch.epoch();
        }
        state.written = now;
        state.last.add(new long[] {first, last, partition.end});
        if (state.last.size() > 5) state.last.poll();
        base[0] = partition.end;
        append(partition, bytes);
        return appendedAllTheSame ? injected : 0;
    }

    private void listOffsets(Broker broker, int version, ByteBuffer in, Frame out) {
        in.getInt();
        if (version >= 2) in.get();
        in.getInt();
        String name = Frame.readString(in);
        in.getInt();
        int index = in.getInt();
        if (version >= 4) in.getInt();
        Partition partition = topics.get(name)[index];
        long offset = in.getLong() == Consumer.LATEST ? partition.end : partition.start;
        if (version >= 2) out.i32(0);
        out.i32(1).string(name).i32(1).i32(index).i16(partition.leader == broker.id ? 0 : 6).i64(-1).i64(offset);
        if (version >= 4) out.i32(0);
    }

    /** Whether there was something. */
    private boolean fetch(Broker broker, int version, ByteBuffer in, Frame out) {
        Frame.skip(in, 12);
        int left = in.getInt();
        in.get();
        if (version >= 7) in.getLong();
        boolean some = false;
        out.i32(0);
        if (version >= 7) out.i16(0).i32(0);
        int count = in.getInt();
        out.i32(count);
        for (int t = 0; t < count; t++) {
            String name = Frame.readString(in);
            int parts = in.getInt();
            out.string(name).i32(parts);
            for (int p = 0; p < parts; p++) {
                int index = in.getInt();
                if (version >= 9) in.getInt();
                long from = in.getLong();
                if (version >= 5) in.getLong();
                int most = in.getInt();
                Partition partition = topics.get(name)[index];
                int error = partition.leader != broker.id ? 6 : from < partition.start || from > partition.end ? 1 : 0;
                out.i32(index).i16(error).i64(partition.end).i64(partition.end);
                if (version >= 5) out.i64(partition.start);
                out.i32(partition.aborted.size());
                for (long[] each : partition.aborted) out.i64(each[0]).i64(each[1]);
                if (version >= 11) out.i32(-1);
                ByteArrayOutputStream records = new ByteArrayOutputStream();
                for (Stored stored : error != 0 ? List.<Stored>of() : partition.log) {
                    int room = Math.min(most, left) - records.size();
                    if (stored.base + stored.count <= from || room <= 0) continue;
                    records.write(stored.bytes, 0, records.size() == 0 ? stored.bytes.length : Math.min(stored.bytes.length, room)); // the last one is cut off
                }
                left -= records.size();
                some |= records.size() > 0 || error != 0;
                out.bytes(records.toByteArray());
            }
        }
        return some;
    }

    private void commit(int version, ByteBuffer in, Frame out) {
        String group = Frame.readString(in);
        int generation = in.getInt();
        String member = Frame.readString(in);
        if (version >= 7) Frame.readString(in);
        if (version <= 4) in.getLong();
        in.getInt();
        String topic = Frame.readString(in);
        in.getInt();
        int partition = in.getInt();
        commits.add(group + " " + generation + " '" + member + "' " + topic + "-" + partition + "=" + in.getLong());
        if (version >= 3) out.i32(0);
        out.i32(1).string(topic).i32(1).i32(partition).i16(0);
    }
}
