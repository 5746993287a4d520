package mqttq.quic.qlog;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The schemas of qlog-main-schema and qlog-quic-events, as far as we write them: which fields an event must and may have, and what they are.
 * {@code ?} after a name: may be left out; {@code [T]} a list, {@code [T]+} one that is not empty, {@code a|b} words, else a type.
 */
public final class QlogSchema {
    private static final Map<String, String> TYPES = new LinkedHashMap<>();

    private static void type(String name, String fields) {
        TYPES.put(name, fields);
    }

    static {
        type("RawInfo", "length?:uint payload_length?:uint data?:hex");
        type("TupleEndpointInfo", "ip_v4?:text port_v4?:uint ip_v6?:text port_v6?:uint connection_ids?:[hex]+");
        type("Token", "type?:retry|resumption details?:map raw?:RawInfo");
        type("ALPN", "byte_value?:hex string_value?:text");
        type("PacketHeader", "packet_type:initial|handshake|0RTT|1RTT|retry|version_negotiation|stateless_reset|unknown spin_bit?:bool key_phase?:uint "
            + "key_phase_bit?:bool packet_number_length?:uint packet_number?:uint token?:Token length?:uint version?:hex scil?:uint dcil?:uint scid?:hex dcid?:hex");
        type("PreferredAddress", "ip_v4?:text port_v4?:uint ip_v6?:text port_v6?:uint connection_id:hex stateless_reset_token:hex");

        // "length" is qlog 0.3's, for qvis
        type("frame:padding", "raw?:RawInfo");
        type("frame:ping", "raw?:RawInfo");
        type("frame:ack", "ack_delay?:num acked_ranges?:[range]+ ect1?:uint ect0?:uint ce?:uint raw?:RawInfo");
        type("frame:reset_stream", "stream_id:uint error:unknown error_code?:uint final_size:uint raw?:RawInfo");
        type("frame:stop_sending", "stream_id:uint error:unknown error_code?:uint raw?:RawInfo");
        type("frame:crypto", "offset:uint raw:RawInfo length:uint");
        type("frame:new_token", "token:Token raw?:RawInfo");
        type("frame:stream", "stream_id:uint offset?:uint fin?:bool raw?:RawInfo length:uint");
        type("frame:max_data", "maximum:uint raw?:RawInfo");
        type("frame:max_stream_data", "stream_id:uint maximum:uint raw?:RawInfo");
        type("frame:max_streams", "stream_type:unidirectional|bidirectional maximum:uint raw?:RawInfo");
        type("frame:data_blocked", "limit:uint raw?:RawInfo");
        type("frame:stream_data_blocked", "stream_id:uint limit:uint raw?:RawInfo");
        type("frame:streams_blocked", "stream_type:unidirectional|bidirectional limit:uint raw?:RawInfo");
        type("frame:new_connection_id", "sequence_number:uint retire_prior_to:uint connection_id_length?:uint connection_id:hex stateless_reset_token?:hex raw?:RawInfo");
        type("frame:retire_connection_id", "sequence_number:uint raw?:RawInfo");
        type("frame:path_challenge", "data?:hex raw?:RawInfo");
        type("frame:path_response", "data?:hex raw?:RawInfo");
        type("frame:connection_close", "error_space?:transport|application error?:error error_code?:uint reason?:text reason_bytes?:hex trigger_frame_type?:uint raw?:RawInfo");
        type("frame:handshake_done", "raw?:RawInfo");
        type("frame:unknown", "frame_type_bytes:uint raw?:RawInfo");
        type("frame:datagram", "raw?:RawInfo length:uint");

        String parameters = "initiator?:local|remote owner?:local|remote tls_cipher?:text original_destination_connection_id?:hex initial_source_connection_id?:hex "
            + "retry_source_connection_id?:hex disable_active_migration?:bool max_idle_timeout?:uint max_udp_payload_size?:uint ack_delay_exponent?:uint "
            + "max_ack_delay?:uint active_connection_id_limit?:uint initial_max_data?:uint initial_max_stream_data_bidi_local?:uint "
            + "initial_max_stream_data_bidi_remote?:uint initial_max_stream_data_uni?:uint initial_max_streams_bidi?:uint initial_max_streams_uni?:uint "
            + "preferred_address?:PreferredAddress max_datagram_frame_size?:uint grease_quic_bit?:bool";
        String packet = "header:PacketHeader frames?:[frame] supported_versions?:[hex]+ raw?:RawInfo";
        String key = "key_type:server_initial_secret|client_initial_secret|server_handshake_secret|client_handshake_secret|server_0rtt_secret|client_0rtt_secret"
            + "|server_1rtt_secret|client_1rtt_secret key_phase?:uint trigger?:tls|remote_update|local_update";
        String metrics = "min_rtt?:num smoothed_rtt?:num latest_rtt?:num rtt_variance?:num pto_count?:uint congestion_window?:uint bytes_in_flight?:uint "
            + "ssthresh?:uint packets_in_flight?:uint pacing_rate?:uint";
        String states = "attempted|handshake_started|handshake_complete|handshake_confirmed|closing|draining|closed";
        type("quic:connection_started", "local:TupleEndpointInfo remote:TupleEndpointInfo");
        type("quic:connection_closed", "initiator?:local|remote connection_error?:error application_error?:unknown error_code?:uint reason?:text "
            + "trigger?:idle_timeout|application|error|version_mismatch|stateless_reset|aborted|unspecified");
        type("quic:connection_id_updated", "initiator:local|remote old?:hex new?:hex");
        type("quic:connection_state_updated", "old?:" + states + " new:" + states);
        type("quic:tuple_assigned", "tuple_id:text tuple_remote?:TupleEndpointInfo tuple_local?:TupleEndpointInfo");
        type("quic:mtu_updated", "old?:uint new:uint done?:bool");
        type("quic:migration_state_updated", "old?:text new:probing_started|probing_abandoned|probing_successful|migration_started|migration_abandoned|migration_complete tuple_id?:text");
        type("quic:version_information", "server_versions?:[hex]+ client_versions?:[hex]+ chosen_version?:hex");
        type("quic:alpn_information", "server_alpns?:[ALPN] client_alpns?:[ALPN] chosen_alpn?:ALPN");
        type("quic:parameters_set", parameters);
        type("quic:packet_sent", packet);
        type("quic:packet_received", packet);
        type("quic:packet_dropped", "header?:PacketHeader raw?:RawInfo details?:map "
            + "trigger?:internal_error|rejected|unsupported|invalid|duplicate|connection_unknown|decryption_failure|key_unavailable|general");
        type("quic:packet_buffered", "header?:PacketHeader raw?:RawInfo trigger?:backpressure|keys_unavailable");
        type("quic:packets_acked", "packet_number_space?:initial|handshake|application_data packet_numbers?:[uint]+");
        type("quic:udp_datagrams_sent", "count?:uint raw?:[RawInfo]+");
        type("quic:udp_datagrams_received", "count?:uint raw?:[RawInfo]+");
        type("quic:timer_updated", "timer_type?:ack|pto|loss_timeout|path_validation|handshake_timeout|idle_timeout event_type:set|expired|cancelled delta?:num");
        type("quic:key_updated", key);
        type("quic:key_discarded", key);
        type("quic:recovery_parameters_set", "reordering_threshold?:uint time_threshold?:num timer_granularity:uint initial_rtt?:num max_datagram_size?:uint "
            + "initial_congestion_window?:uint minimum_congestion_window?:uint loss_reduction_factor?:num persistent_congestion_threshold?:uint");
        type("quic:recovery_metrics_updated", metrics);
        // qlog 0.3, for qvis
        type("recovery:metrics_updated", metrics);
        type("quic:congestion_state_updated", "old?:text new:text trigger?:text");
        type("quic:packet_lost", "header?:PacketHeader frames?:[frame]");
        type("loglevel:warning", "code?:uint message?:text");
    }

    /** An event of a file. */
    public record Event(double time, String name, String category, Map<String, Object> data) {
        /** A value inside the data: {@code header.packet_type}. */
        public Object at(String path) {
            Object value = data;
            for (String name : path.split("\\.")) value = value == null ? null : ((Map<?, ?>) value).get(name);
            return value;
        }
    }

    /** A file: its head and its events, all checked. */
    public record Log(Map<String, Object> head, List<Event> events) {
        public List<Event> of(String name) {
            List<Event> some = new ArrayList<>();
            for (Event event : events) if (event.name.equals(name)) some.add(event);
            return some;
        }
    }

    private QlogSchema() { }

    /** Reads a file of JSON text sequences; throws IllegalArgumentException for whatever the schemas forbid. */
    public static Log read(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        List<Event> events = new ArrayList<>();
        Map<String, Object> head = null;
        double last = 0;
        for (String record : text.split("(?=\u001e)")) {
            check(record.startsWith("\u001e{") && record.endsWith("}\n"), "not a record of RFC 7464: " + record);
            Map<String, Object> object = map(JsonReader.read(record.substring(1)));
            if (head == null) {
                head = object;
                head(head, text);
                continue;
            }
            Event event = event(object);
            check(event.time >= last, "time goes back: " + record);
            last = event.time;
            events.add(event);
        }
        check(head != null, "empty");
        return new Log(head, events);
    }

    private static void head(Map<String, Object> head, String text) {
        check("urn:ietf:params:qlog:file:sequential".equals(head.get("file_schema")), "file_schema");
        check("application/qlog+json-seq".equals(head.get("serialization_format")), "serialization_format");
        check(text.indexOf("serialization_format") < 256 && text.indexOf("file_schema") < 256, "not in the first 256 bytes");
        // what qvis' loader asks for
        check("0.3".equals(head.get("qlog_version")) && "JSON-SEQ".equals(head.get("qlog_format")), "not qlog 0.3 to qvis");
        Map<String, Object> trace = map(head.get("trace"));
        check(!((List<?>) trace.get("event_schemas")).isEmpty(), "event_schemas");
        check(List.of("client", "server").contains(map(trace.get("vantage_point")).get("type")), "vantage_point");
        Map<String, Object> common = map(trace.get("common_fields")), reference = map(common.get("reference_time"));
        check(common.get("group_id") instanceof String, "group_id");
        check("relative_to_epoch".equals(common.get("time_format")), "time_format");
        check("monotonic".equals(reference.get("clock_type")) && "unknown".equals(reference.get("epoch")), "a monotonic clock has no epoch");
        check(((String) reference.get("wall_clock_time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"), "RFC 3339");
    }

    private static Event event(Map<String, Object> object) {
        check(object.get("time") instanceof Number && object.get("name") instanceof String && object.get("data") instanceof Map, "no event: " + object);
        String name = (String) object.get("name");
        check(TYPES.containsKey(name) && name.indexOf(':') > 0, "unknown event " + name);
        struct(name, name, object.get("data"));
        return new Event(((Number) object.get("time")).doubleValue(), name, (String) object.get("category"), map(object.get("data")));
    }

    private static void struct(String where, String type, Object value) {
        Map<String, Object> object = map(value);
        List<String> known = new ArrayList<>();
        for (String field : TYPES.get(type).split(" ")) {
            int colon = field.indexOf(':');
            boolean optional = field.charAt(colon - 1) == '?';
            String name = field.substring(0, optional ? colon - 1 : colon);
            known.add(name);
            if (object.containsKey(name)) value(where + "." + name, field.substring(colon + 1), object.get(name));
            else check(optional, where + " lacks " + name + ": " + object);
        }
        for (String name : object.keySet()) {
            check(known.contains(name) || type.startsWith("frame:") && name.equals("frame_type"), where + " has " + name);
            check(name.equals(name.toLowerCase(java.util.Locale.ROOT)), "not lowercase: " + name);
        }
    }

    private static void value(String where, String type, Object value) {
        if (type.startsWith("[")) {
            List<?> list = (List<?>) value;
            check(!type.endsWith("+") || !list.isEmpty(), where + " is empty");
            for (Object each : list) value(where, type.substring(1, type.indexOf(']')), each);
            return;
        }
        boolean right = switch (type) {
            case "uint" -> value instanceof Long n && n >= 0 || value instanceof String s && s.matches("[0-9]{16,20}");
            case "num" -> value instanceof Number n && n.doubleValue() >= 0;
            case "bool" -> value instanceof Boolean;
            case "text" -> value instanceof String;
            case "hex" -> value instanceof String s && s.matches("([0-9a-f]{2})*");
            case "map" -> value instanceof Map;
            case "range" -> value instanceof List<?> l && (l.size() == 1 || l.size() == 2);
            case "error" -> value instanceof String s && s.matches("[a-z_]+|crypto_error_0x1[0-9a-f]{2}");
            default -> true;
        };
        check(right, where + " is not " + type + ": " + value);
        if (type.equals("frame")) {
            String kind = "frame:" + map(value).get("frame_type");
            check(TYPES.containsKey(kind), "unknown frame " + value);
            struct(where + "." + kind, kind, value);
        } else if (TYPES.containsKey(type)) {
            struct(where, type, value);
        } else if (type.indexOf('|') > 0 || type.equals("unknown")) {
            check(value instanceof String s && List.of(type.split("\\|")).contains(s), where + " is " + value);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        check(value instanceof Map, "not an object: " + value);
        return (Map<String, Object>) value;
    }

    private static void check(boolean right, String what) {
        if (!right) throw new IllegalArgumentException(what);
    }
}
