package mqttq.kafka;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.transport.Dialer;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;
import mqttq.wire.Scram;

/**
 * One connection to a broker: dials, agrees on versions, proves who we are (and again before that runs out), then sends requests and pairs
 * each answer with its request, for they come in order. Loop thread.
 */
final class KafkaLink implements Transport.Connected, Pipe.Handler {
    /** Who has it; neither is called from within a call of this class's methods but {@link #answer}'s. */
    interface Owner {
        void onReady();

        /**
         * It is gone, the last call. {@code reason} for a log line; null after {@link #close}, and where the broker closed it while nothing
         * was under way.
         * {@code refused}: trying again helps only after somebody has changed a setting.
         */
        void onGone(String reason, boolean refused);
    }

    private static final int LENGTH = 4, FIRST_SIZE = 64 << 10;
    private static final byte[] NONE = {};

    private final Loop loop;
    private final KafkaSettings settings;
    private final Owner owner;
    private final Dialer dialer;
    private final Timers.Timer silence, session;
    private final Map<Api, Integer> versions = new EnumMap<>(Api.class);
    private final ArrayDeque<Call> underWay = new ArrayDeque<>(), waiting = new ArrayDeque<>();
    private final ArrayDeque<ByteBuffer> out = new ArrayDeque<>();
    private Pipe pipe;
    private boolean ready, wasReady, closing, gone, refused;
    private String why;
    private long moved;
    private int correlation;
    private Scram scram;
    // The response that is coming: its length and what is there of it
    private final ByteBuffer lengthOf = ByteBuffer.allocate(LENGTH);
    private byte[] frame;
    private int frameLength, have;
    /** Produce requests under way, kept by the {@link Producer}. */
    int produces;
    /** A fetch is under way, kept by the {@link Consumer}. */
    boolean fetching;

    KafkaLink(Loop loop, KafkaSettings settings, String host, int port, Owner owner) {
        this.loop = loop;
        this.settings = settings;
        this.owner = owner;
        silence = loop.timer(this::silent);
        session = loop.timer(this::authenticate);
        dialer = new Dialer(loop, settings.transport.apply(host, port), host, port, settings.connectTimeout, this);
    }

    boolean isReady() { return ready; }
    boolean isIdle() { return underWay.isEmpty() && waiting.isEmpty(); }

    /** Asks; where the link is gone or does not speak it, the call fails in this turn. */
    void call(Call call) {
        Integer version = versions.get(call.api);
        if (gone || ready && version == null) {
            String reason = gone ? "connection lost" : "this Kafka does not speak " + call.api + " " + call.api.min + " to " + call.api.max;
            loop.defer(() -> call.failed.accept(reason));
        } else if (ready) {
            send(call, version);
        } else {
            waiting.add(call);
        }
    }

    void close() {
        if (gone || closing) return;
        closing = true;
        dialer.cancel();
        if (pipe == null) loop.defer(() -> onClosed("closed"));
        else end("closed");
    }

    private void end(String reason) {
        if (why == null) why = reason;
        ready = false;
        pipe.abort(0, why);
    }

    private void refuse(String reason) {
        refused = true;
        end(reason);
    }

    // ---- opening

    @Override public Pipe.Handler onConnected(Pipe pipe) {
        if (gone) return null;
        this.pipe = pipe;
        send(new Call(Api.API_VERSIONS, (out, version) -> { }, (in, version) -> agree(in), reason -> { }), 0);
        return this;
    }

    @Override public void onFailed(String reason) { onClosed(reason); }

    @Override public void onRefused(String reason) {
        refused = true;
        onClosed(reason);
    }

    private void agree(ByteBuffer in) {
        int error = in.getShort();
        if (error != KafkaError.NONE) {
            end("API_VERSIONS: " + KafkaError.of(error).name());
            return;
        }
        for (int left = Frame.readCount(in); left > 0; left--) {
            int key = in.getShort(), min = in.getShort(), max = in.getShort();
            for (Api api : Api.values()) if (api.key == key && api.agree(min, max) >= 0) versions.put(api, api.agree(min, max));
        }
        authenticate();
    }

    /** At the start, and before the session that the broker granted runs out: requests wait meanwhile. */
    private void authenticate() {
        ready = false;
        if (settings.mechanism == null) {
            opened();
            return;
        }
        begin(Api.SASL_HANDSHAKE, (out, version) -> out.string(settings.mechanism), (in, version) -> {
            int error = in.getShort();
            List<String> offered = new ArrayList<>();
            for (int left = Frame.readCount(in); left > 0; left--) offered.add(Frame.readString(in));
            if (error == KafkaError.NONE) prove();
            else refuse(KafkaError.of(error).name() + ": Kafka offers " + String.join(", ", offered));
        });
    }

    private void prove() {
        if (settings.mechanism.equals("PLAIN")) {
            byte[] user = settings.user.getBytes(StandardCharsets.UTF_8);
            ByteBuffer token = ByteBuffer.allocate(user.length + settings.password.length + 2);
            say(token.put((byte) 0).put(user).put((byte) 0).put(settings.password).array());
            return;
        }
        byte[] nonce = new byte[24];
        loop.entropy().nextBytes(nonce);
        scram = new Scram(settings.mechanism, settings.user, settings.password, nonce);
        say(scram.first());
    }

    private void say(byte[] token) {
        begin(Api.SASL_AUTHENTICATE, (out, version) -> out.bytes(token), (in, version) -> {
            int error = in.getShort();
            String message = Frame.readString(in);
            byte[] said = Frame.readBytes(in);
            long lifetime = version >= 1 ? in.getLong() : 0;
            if (error == KafkaError.NONE) said(said, lifetime);
            else refuse(KafkaError.of(error).name() + (message == null ? "" : ": " + message));
        });
    }

    private void said(byte[] token, long lifetimeMillis) {
        if (scram != null && !scram.answered()) {
            scram.challenge(token);
            Scram mine = scram;
            loop.offload(mine::compute, () -> { if (!gone && scram == mine) say(mine.proof()); });
            return;
        }
        if (scram != null && !scram.isProvedBy(token)) {
            refuse("Kafka does not prove that it knows the password");
            return;
        }
        scram = null;
        if (lifetimeMillis > 0) session.at(loop.now() + Math.min(lifetimeMillis, 1L << 40) * 850_000); // 85 % of it
        opened();
    }

    private void begin(Api api, Call.Writer writer, Call.Reader reader) {
        Integer version = versions.get(api);
        if (version == null) refuse("this Kafka does not speak " + api);
        else send(new Call(api, writer, reader, reason -> { }), version);
    }

    private void opened() {
        ready = true;
        for (Call call; ready && (call = waiting.poll()) != null; ) call(call);
        if (!wasReady) owner.onReady();
        wasReady = true;
    }

    // ---- requests out

    private void send(Call call, int version) {
        call.version = version;
        call.correlation = correlation++;
        Frame request = new Frame(call.api.key, version, call.correlation, settings.clientId);
        call.writer.write(request, version);
        if (underWay.isEmpty()) moved = loop.now();
        underWay.add(call);
        out.addAll(request.finish());
        pump();
        watch();
    }

    private void pump() {
        for (ByteBuffer next; (next = out.peek()) != null; out.poll()) {
            if (pipe.write(next) > 0) moved = loop.now();
            if (next.hasRemaining()) return;
        }
    }

    private void watch() { silence.at(underWay.isEmpty() ? Long.MAX_VALUE : moved + settings.requestTimeout); }

    private void silent() {
        if (gone || underWay.isEmpty()) return;
        if (loop.now() - moved < settings.requestTimeout) watch();
        else end("no answer to " + underWay.peek().api + " in time");
    }

    // ---- answers in

    @Override public void onData(ByteBuffer data) {
        moved = loop.now();
        while (data.hasRemaining() && why == null) {
            if (frame == null && !begins(data)) return;
            int n = Math.min(data.remaining(), frameLength - have);
            if (have + n > frame.length) frame = Arrays.copyOf(frame, Math.min(frameLength, Math.max(frame.length * 2, have + n)));
            data.get(frame, have, n);
            have += n;
            if (have < frameLength) continue;
            ByteBuffer whole = ByteBuffer.wrap(frame, 0, frameLength);
            frame = null;
            answer(whole);
        }
        data.position(data.limit());
    }

    private boolean begins(ByteBuffer data) {
        while (lengthOf.hasRemaining() && data.hasRemaining()) lengthOf.put(data.get());
        if (lengthOf.hasRemaining()) return false;
        frameLength = lengthOf.clear().getInt(0);
        if (frameLength < LENGTH || frameLength > settings.responseLimit) {
            end("a response of " + frameLength + " bytes, more than " + settings.responseLimit + " or less than its header");
            data.position(data.limit());
            return false;
        }
        frame = new byte[Math.min(frameLength, FIRST_SIZE)];
        have = 0;
        return true;
    }

    private void answer(ByteBuffer response) {
        Call call = underWay.poll();
        if (call == null || response.getInt() != call.correlation) {
            if (call != null) underWay.addFirst(call);
            end("an answer to no question");
            return;
        }
        try {
            call.reader.read(response, call.version);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            end("an answer to " + call.api + " that is not understood: " + (e.getMessage() == null ? "too short" : e.getMessage()));
            call.failed.accept(why);
        }
        watch();
    }

    @Override public void onWritable() { pump(); }
    @Override public void onEnd() { end(null); }

    @Override public void onClosed(String reason) {
        if (gone) return;
        gone = true;
        ready = false;
        silence.cancel();
        session.cancel();
        out.clear();
        frame = NONE;
        boolean quiet = closing || wasReady && isIdle() && why == null;
        String told = why != null ? why : reason == null ? "closed by Kafka" : reason;
        for (Call call; (call = underWay.poll()) != null; ) call.failed.accept(told);
        for (Call call; (call = waiting.poll()) != null; ) call.failed.accept(told);
        owner.onGone(quiet ? null : told, refused);
    }
}
