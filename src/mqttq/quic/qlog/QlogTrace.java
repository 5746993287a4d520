package mqttq.quic.qlog;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Arrays;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.PreferredAddress;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportParameters;
import mqttq.quic.recovery.LossDetector;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.quic.recovery.RttEstimator;
import mqttq.tls.CipherSuite;
import mqttq.tls.EncryptionLevel;
import mqttq.wire.Json;

/**
 * One connection's qlog: JSON text sequences (qlog-main-schema §"qlog to JSON Text Sequences mapping") of the events of qlog-quic-events.
 * qvis knows the names of qlog 0.3, where an event had a category instead of the one namespace, so each has the custom field {@code
 * category}, and the header the fields of both. Keys, tokens and contents of streams are not written.
 */
final class QlogTrace implements ConnectionTrace {
    private static final String CONNECTIVITY = "connectivity", TRANSPORT = "transport", SECURITY = "security", RECOVERY = "recovery";
    private static final String[] SPACES = {"initial", "handshake", "application_data"}, TYPES = {"initial", "handshake", "1RTT"};
    private static final int TAG = 16, OUR_ACK_DELAY_EXPONENT = 3, MOST_ACKED = 256;
    private static final long[] NONE = {};

    private final QlogFiles files;
    private final QlogFile file;
    private final Json json;
    private final boolean client;
    private final long start;
    private final RecoveryText recovery = new RecoveryText();
    private String state;
    private boolean complete, confirmed, closed, forgotten;
    private int peerExponent = 3, mtu, pathId;
    private boolean pathValidated;
    /** Destination ids of the newest packets of each direction. */
    private ConnectionId remoteId, localId;
    /** Key phase of each direction: how many updates; and the highest number received in the phase before and in this one. */
    private long sentPhase, receivedPhase, highestReceived = -1;
    /** Numbers acknowledged in one go. */
    private long[] acked = NONE;
    private int ackedCount, ackedSpace;

    QlogTrace(QlogFiles files, QlogFile file, long now, boolean client) {
        this.files = files;
        this.file = file;
        this.client = client;
        json = files.json;
        start = now;
    }

    // --- events

    /** Begins an event; its data is open. */
    private Json event(long now, String category, String name) {
        if (ackedCount > 0) writeAcked(now);
        long dropped = file.dropped();
        if (dropped > 0) {
            header(now, null, "loglevel:warning").field("message", dropped + " events were dropped: the disk is slower than the network");
            write();
        }
        return header(now, category, name);
    }

    private Json header(long now, String category, String name) {
        json.record().millis("time", now - start).field("name", name);
        if (category != null) json.field("category", category);
        return json.object("data");
    }

    private void write() {
        json.endRecord();
        file.add(json);
        // The end must not wait for a timer that may not come any more.
        if (closed) file.flush();
    }

    void begin(long wallMillis, ConnectionId original, QuicVersion version, InetSocketAddress local, InetSocketAddress remote) {
        String role = client ? "client" : "server";
        json.record().field("file_schema", "urn:ietf:params:qlog:file:sequential")
            .field("serialization_format", "application/qlog+json-seq")
            .field("qlog_version", "0.3").field("qlog_format", "JSON-SEQ").field("title", "mqttq ".concat(role)).object("trace");
        json.object("vantage_point").field("name", "mqttq").field("type", role).end();
        json.object("common_fields").hex("group_id", original.bytes()).field("time_format", "relative_to_epoch").object("reference_time")
            .field("clock_type", "monotonic")
            .field("epoch", "unknown").field("wall_clock_time", Instant.ofEpochMilli(wallMillis).toString()).end().end();
        json.list("event_schemas").value("urn:ietf:params:qlog:events:quic-13").value("urn:ietf:params:qlog:events:loglevel").end();
        write();

        event(start, CONNECTIVITY, "quic:connection_started").object("local");
        address(local).end().object("remote");
        address(remote).end();
        write();
        tuple(start, 0, local, remote);
        state(start, "attempted");
        event(start, TRANSPORT, "quic:version_information").list(client ? "client_versions" : "server_versions").value(hex(version)).end()
            .field("chosen_version", hex(version));
        write();
        keys(start, "quic:key_updated", "initial", -1, "tls");
        // RFC 9002 appendices A.2 and B.2.
        event(start, RECOVERY, "quic:recovery_parameters_set").field("reordering_threshold", 3).millis("time_threshold", 1_125_000)
            .field("timer_granularity", 1).millis("initial_rtt", RttEstimator.INITIAL).field("max_datagram_size", 1200)
            .field("initial_congestion_window", 12_000).field("minimum_congestion_window", 2_400)
                .field("persistent_congestion_threshold", 3);
        write();
    }

    private static String hex(QuicVersion version) {
        String digits = Integer.toHexString(version.id);
        return "00000000".substring(digits.length()).concat(digits);
    }

    private Json address(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        boolean v4 = ip instanceof Inet4Address;
        return json.field(v4 ? "ip_v4" : "ip_v6", ip.getHostAddress()).field(v4 ? "port_v4" : "port_v6", address.getPort());
    }

    private void state(long now, String next) {
        event(now, CONNECTIVITY, "quic:connection_state_updated");
        if (state != null) json.field("old", state);
        json.field("new", next);
        state = next;
        write();
    }

    // --- packets

    @Override public void onPacketSent(long now, PacketType type, long number, int bytes, byte[] array, int at, int frames, int framesEnd) {
        files.header.read(type, array, at, frames);
        if (remoteId == null || !remoteId.matches(array, files.header.destination, files.header.destinationLength)) {
            ConnectionId old = remoteId;
            remoteId = ConnectionId.of(array, files.header.destination, files.header.destinationLength);
            connectionId(now, "remote", old, remoteId);
        }
        if (type == PacketType.ONE_RTT && ((array[at] & 4) != 0) != ((sentPhase & 1) != 0)) {
            sentPhase++;
            update(now, client, sentPhase, sentPhase > receivedPhase ? "local_update" : "remote_update");
        }
        packet(now, "quic:packet_sent", type, number, bytes, array, at, frames, framesEnd, !client, OUR_ACK_DELAY_EXPONENT);
    }

    @Override public void onPacketReceived(long now, PacketType type, long number, int bytes, byte[] array, int at, int frames,
        int framesEnd) {
        files.header.read(type, array, at, frames);
        if (localId == null || !localId.matches(array, files.header.destination, files.header.destinationLength)) {
            ConnectionId old = localId;
            localId = ConnectionId.of(array, files.header.destination, files.header.destinationLength);
            connectionId(now, "local", old, localId);
        }
        if (type == PacketType.ONE_RTT) {
            // RFC 9001 §6.5: an old phase in a packet that was overtaken is no update.
            if (number > highestReceived && ((array[at] & 4) != 0) != ((receivedPhase & 1) != 0)) {
                receivedPhase++;
                update(now, !client, receivedPhase, receivedPhase > sentPhase ? "remote_update" : "local_update");
            }
            highestReceived = Math.max(highestReceived, number);
        }
        packet(now, "quic:packet_received", type, number, bytes, array, at, frames, framesEnd, client,
            type == PacketType.ONE_RTT ? peerExponent : OUR_ACK_DELAY_EXPONENT);
        if (type == PacketType.VERSION_NEGOTIATION) versionNegotiation(now, array, at, framesEnd);
    }

    private void packet(long now, String event, PacketType type, long number, int bytes, byte[] array, int at, int frames, int framesEnd,
            boolean fromServer, int exponent) {
        event(now, TRANSPORT, event);
        // Again: what was written in between may have read another.
        files.header.read(type, array, at, frames);
        files.header.write(type, number, array, at, frames, number < 0 ? framesEnd : framesEnd + TAG);
        json.object("raw").field("length", bytes);
        if (number >= 0) json.field("payload_length", framesEnd - frames);
        json.end();
        if (number >= 0) files.frames.write(array, frames, framesEnd, type, fromServer, exponent);
        else if (type == PacketType.VERSION_NEGOTIATION) files.header.versions("supported_versions", array, framesEnd);
        write();
    }

    private void versionNegotiation(long now, byte[] array, int at, int end) {
        event(now, TRANSPORT, "quic:version_information");
        files.header.read(PacketType.VERSION_NEGOTIATION, array, at, end);
        files.header.versions("server_versions", array, end);
        write();
    }

    private void connectionId(long now, String initiator, ConnectionId old, ConnectionId next) {
        event(now, CONNECTIVITY, "quic:connection_id_updated").field("initiator", initiator);
        id("old", old);
        id("new", next);
        write();
    }

    @Override public void onPacketBuffered(long now, PacketType type, int bytes) {
        event(now, TRANSPORT, "quic:packet_buffered").object("header").field("packet_type", HeaderText.name(type)).end()
            .object("raw").field("length", bytes).end().field("trigger", "keys_unavailable");
        write();
    }

    @Override public void onPacketDropped(long now, PacketType type, int bytes, String why) {
        String trigger = switch (why) {
            case "not for this state" -> "rejected";
            case "no keys, no room" -> "key_unavailable";
            case "not authentic" -> "decryption_failure";
            case "too short", "other source connection id" -> "invalid";
            case "duplicate" -> "duplicate";
            default -> "general";
        };
        event(now, TRANSPORT, "quic:packet_dropped").object("header").field("packet_type", HeaderText.name(type)).end()
            .object("raw").field("length", bytes).end().object("details").field("reason", why).end().field("trigger", trigger);
        write();
    }

    @Override public void onDatagramSent(long now, int bytes) { datagram(now, "quic:udp_datagrams_sent", bytes); }
    @Override public void onDatagramReceived(long now, int bytes) { datagram(now, "quic:udp_datagrams_received", bytes); }

    private void datagram(long now, String event, int bytes) {
        event(now, TRANSPORT, event).field("count", 1).list("raw").object().field("length", bytes).end().end();
        write();
    }

    // --- recovery

    @Override public void onPacketAcked(long now, int space, long number) {
        if (ackedCount > 0 && (space != ackedSpace || ackedCount == MOST_ACKED)) writeAcked(now);
        ackedSpace = space;
        if (ackedCount == acked.length) acked = Arrays.copyOf(acked, Math.max(8, ackedCount * 2));
        acked[ackedCount++] = number;
    }

    private void writeAcked(long now) {
        header(now, TRANSPORT, "quic:packets_acked").field("packet_number_space", SPACES[ackedSpace]).list("packet_numbers");
        for (int i = 0; i < ackedCount; i++) json.value(acked[i]);
        ackedCount = 0;
        write();
    }

    @Override public void onPacketLost(long now, int space, long number) {
        event(now, RECOVERY, "quic:packet_lost").object("header").field("packet_type", TYPES[space]).field("packet_number", number).end();
        write();
    }

    @Override public void onRecovery(long now, LossDetector loss) {
        if (recovery.update(loss)) {
            event(now, RECOVERY, "quic:recovery_metrics_updated");
            recovery.write(json);
            write();
            // Twice, since qvis draws it by its name of qlog 0.3 only.
            event(now, RECOVERY, "recovery:metrics_updated");
            recovery.write(json);
            write();
            recovery.written();
        }
        String congestion = loss.congestion().state();
        if (!congestion.equals(recovery.state)) {
            event(now, RECOVERY, "quic:congestion_state_updated");
            if (recovery.state != null) json.field("old", recovery.state);
            json.field("new", congestion);
            recovery.state = congestion;
            write();
        }
        long deadline = loss.deadline();
        if (deadline == recovery.timer) return;
        recovery.timer = deadline;
        event(now, RECOVERY, "quic:timer_updated").field("timer_type", "loss_timeout");
        if (deadline == Long.MAX_VALUE) json.field("event_type", "cancelled");
        else json.field("event_type", "set").millis("delta", Math.max(0, deadline - now));
        write();
    }

    @Override public void onTimerExpired(long now) {
        recovery.timer = Long.MAX_VALUE;
        event(now, RECOVERY, "quic:timer_updated").field("timer_type", "loss_timeout").field("event_type", "expired");
        write();
    }

    // --- the handshake

    private void id(String name, ConnectionId id) { if (id != null) json.hex(name, id.bytes()); }

    @Override public void onParameters(long now, boolean local, TransportParameters p) {
        if (!local) peerExponent = p.ackDelayExponent;
        // qvis reads 0.3's "owner".
        event(now, TRANSPORT, "quic:parameters_set").field("initiator", local ? "local" : "remote")
            .field("owner", local ? "local" : "remote");
        id("original_destination_connection_id", p.originalDestinationConnectionId);
        id("initial_source_connection_id", p.initialSourceConnectionId);
        id("retry_source_connection_id", p.retrySourceConnectionId);
        json.field("disable_active_migration", p.disableActiveMigration).field("max_idle_timeout", p.maxIdleTimeout)
            .field("max_udp_payload_size", p.maxUdpPayloadSize).field("ack_delay_exponent", p.ackDelayExponent)
                .field("max_ack_delay", p.maxAckDelay)
            .field("active_connection_id_limit", p.activeConnectionIdLimit).field("initial_max_data", p.initialMaxData)
            .field("initial_max_stream_data_bidi_local", p.initialMaxStreamDataBidiLocal)
            .field("initial_max_stream_data_bidi_remote", p.initialMaxStreamDataBidiRemote)
            .field("initial_max_stream_data_uni", p.initialMaxStreamDataUni).field("initial_max_streams_bidi", p.initialMaxStreamsBidi)
            .field("initial_max_streams_uni", p.initialMaxStreamsUni);
        if (p.preferredAddress != null) preferred(p.preferredAddress);
        if (p.maxDatagramFrameSize > 0) json.field("max_datagram_frame_size", p.maxDatagramFrameSize);
        if (p.greaseQuicBit) json.field("grease_quic_bit", true);
        write();
    }

    /** The schema insists on the token here. */
    private void preferred(PreferredAddress preferred) {
        json.object("preferred_address");
        if (preferred.ipv4 != null) address(preferred.ipv4);
        if (preferred.ipv6 != null) address(preferred.ipv6);
        json.hex("connection_id", preferred.connectionId.bytes())
            .hex("stateless_reset_token", preferred.statelessResetToken, 0, preferred.statelessResetToken.length).end();
    }

    @Override public void onVersion(long now, QuicVersion version) {
        event(now, TRANSPORT, "quic:version_information").field("chosen_version", hex(version));
        write();
    }

    @Override public void onKeys(long now, EncryptionLevel level) {
        switch (level) {
            case HANDSHAKE -> {
                keys(now, "quic:key_updated", "handshake", -1, "tls");
                state(now, "handshake_started");
            }
            case APPLICATION -> keys(now, "quic:key_updated", "1rtt", 0, "tls");
            case EARLY_DATA -> key(now, "quic:key_updated", "client_0rtt_secret", -1, "tls");
            default -> { }
        }
    }

    @Override public void onKeysDiscarded(long now, int space) {
        keys(now, "quic:key_discarded", space == PacketNumberSpace.INITIAL ? "initial" : "handshake", -1, "tls");
    }

    private void update(long now, boolean clients, long phase, String trigger) {
        key(now, "quic:key_updated", clients ? "client_1rtt_secret" : "server_1rtt_secret", phase, trigger);
    }

    private void keys(long now, String event, String level, long phase, String trigger) {
        key(now, event, "client_".concat(level).concat("_secret"), phase, trigger);
        key(now, event, "server_".concat(level).concat("_secret"), phase, trigger);
    }

    private void key(long now, String event, String type, long phase, String trigger) {
        event(now, SECURITY, event).field("key_type", type);
        if (phase >= 0) json.field("key_phase", phase);
        json.field("trigger", trigger);
        write();
    }

    @Override public void onHandshakeComplete(long now, String applicationProtocol, CipherSuite suite) {
        event(now, TRANSPORT, "quic:alpn_information").object("chosen_alpn").field("string_value", applicationProtocol).end();
        write();
        // The server chooses.
        event(now, TRANSPORT, "quic:parameters_set").field("initiator", client ? "remote" : "local")
            .field("tls_cipher", suite.name().substring("TLS_".length()));
        write();
        state(now, "handshake_complete");
        complete = true;
        if (confirmed) state(now, "handshake_confirmed");
    }

    /** RFC 9001 §4.1.2: of a server's handshake this is a part of its completion, and comes before the rest. */
    @Override public void onHandshakeConfirmed(long now) {
        confirmed = true;
        if (complete) state(now, "handshake_confirmed");
    }

    // --- paths

    @Override public void onPath(long now, int id, InetSocketAddress local, InetSocketAddress remote, boolean validated) {
        if (id != pathId) {
            tuple(now, id, local, remote);
            migration(now, id, validated ? "migration_complete" : "migration_started");
        } else if (validated && !pathValidated && id != 0) {
            migration(now, id, "migration_complete");
        }
        pathId = id;
        pathValidated = validated;
    }

    /** The first path is the tuple that events without one belong to. */
    private static String tuple(int id) { return id == 0 ? "" : Integer.toString(id); }

    private void tuple(long now, int id, InetSocketAddress local, InetSocketAddress remote) {
        event(now, CONNECTIVITY, "quic:tuple_assigned").field("tuple_id", tuple(id)).object("tuple_remote");
        address(remote).end().object("tuple_local");
        address(local).end();
        write();
    }

    private void migration(long now, int id, String to) {
        event(now, CONNECTIVITY, "quic:migration_state_updated").field("new", to).field("tuple_id", tuple(id));
        write();
    }

    @Override public void onMtu(long now, int bytes) {
        if (bytes == mtu) return;
        event(now, CONNECTIVITY, "quic:mtu_updated");
        if (mtu > 0) json.field("old", mtu);
        json.field("new", bytes);
        mtu = bytes;
        write();
    }

    // --- the end

    @Override public void onClosed(long now, String kind, boolean remote, long code, String reason) {
        String trigger = switch (kind) {
            case "IDLE_TIMEOUT" -> "idle_timeout";
            case "APPLICATION" -> "application";
            case "TRANSPORT" -> code == 0 ? "unspecified" : "error";
            case "STATELESS_RESET" -> "stateless_reset";
            case "VERSION_NEGOTIATION" -> "version_mismatch";
            default -> "aborted";
        };
        event(now, CONNECTIVITY, "quic:connection_closed").field("initiator", remote ? "remote" : "local");
        if (kind.equals("TRANSPORT")) FrameText.transportError(json, "connection_error", code);
        if (kind.equals("APPLICATION")) json.field("application_error", "unknown").field("error_code", code);
        if (!reason.isEmpty()) json.field("reason", reason);
        json.field("trigger", trigger);
        write();
        boolean silent = kind.endsWith("TIMEOUT") || kind.equals("NO_PATH");
        closed = true;
        state(now, silent ? "closed" : remote ? "draining" : "closing");
    }

    @Override public void onForgotten(long now) {
        if (forgotten) return;
        forgotten = closed = true;
        if (!"closed".equals(state)) state(now, "closed");
        file.flush();
        files.onClosed();
    }
}
