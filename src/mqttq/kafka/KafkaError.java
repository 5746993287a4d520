package mqttq.kafka;

import java.util.HashMap;
import java.util.Map;

/**
 * An error of Kafka's protocol.
 * @param code as it is on the wire
 * @param name as Kafka has it
 * @param kind what is to be done about it
 */
public record KafkaError(int code, String name, Kind kind) {
    /** What an error asks for. */
    public enum Kind {
        /** Nothing: it is none. */
        NONE,
        /** Somebody else leads the partition by now: metadata, then the same again. */
        REFRESH,
        /** The same again after a pause. */
        RETRY,
        /** Something is wrong with these records; they will not be taken as they are. */
        RECORDS,
        /** Somebody has to change a setting here or there; tried again with long pauses. */
        CONFIGURATION,
        /** Producer id, epoch or sequence are not what Kafka expects. */
        PRODUCER,
        /** Another, which its caller knows, or nobody; as {@link #RETRY}. */
        OTHER
    }

    static final int NONE = 0, OFFSET_OUT_OF_RANGE = 1, CORRUPT_MESSAGE = 2, UNKNOWN_TOPIC = 3, REQUEST_TIMED_OUT = 7,
        MESSAGE_TOO_LARGE = 10, NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20, TOPIC_EXISTS = 36, DUPLICATE_SEQUENCE = 46,
        INVALID_PRODUCER_EPOCH = 47, UNKNOWN_PRODUCER_ID = 59, PRODUCER_FENCED = 90;

    private static final Map<Integer, KafkaError> KNOWN = new HashMap<>();

    static {
        know(Kind.NONE, "0 NONE");
        know(Kind.REFRESH, "3 UNKNOWN_TOPIC_OR_PARTITION 5 LEADER_NOT_AVAILABLE 6 NOT_LEADER_OR_FOLLOWER 9 REPLICA_NOT_AVAILABLE "
            + "13 NETWORK_EXCEPTION 16 NOT_COORDINATOR 41 NOT_CONTROLLER 56 KAFKA_STORAGE_ERROR 72 LISTENER_NOT_FOUND "
            + "74 FENCED_LEADER_EPOCH 80 PREFERRED_LEADER_NOT_AVAILABLE 83 ELIGIBLE_LEADERS_NOT_AVAILABLE "
            + "100 UNKNOWN_TOPIC_ID 103 INCONSISTENT_TOPIC_ID");
        know(Kind.RETRY, "2 CORRUPT_MESSAGE 7 REQUEST_TIMED_OUT 14 COORDINATOR_LOAD_IN_PROGRESS 15 COORDINATOR_NOT_AVAILABLE "
            + "19 NOT_ENOUGH_REPLICAS 20 NOT_ENOUGH_REPLICAS_AFTER_APPEND 51 CONCURRENT_TRANSACTIONS 70 FETCH_SESSION_ID_NOT_FOUND "
            + "71 INVALID_FETCH_SESSION_EPOCH 75 UNKNOWN_LEADER_EPOCH 78 OFFSET_NOT_AVAILABLE 88 UNSTABLE_OFFSET_COMMIT "
            + "89 THROTTLING_QUOTA_EXCEEDED 106 FETCH_SESSION_TOPIC_ID_ERROR");
        know(Kind.RECORDS, "10 MESSAGE_TOO_LARGE 18 RECORD_LIST_TOO_LARGE 32 INVALID_TIMESTAMP 87 INVALID_RECORD");
        know(Kind.CONFIGURATION, "17 INVALID_TOPIC_EXCEPTION 21 INVALID_REQUIRED_ACKS 29 TOPIC_AUTHORIZATION_FAILED "
            + "30 GROUP_AUTHORIZATION_FAILED 31 CLUSTER_AUTHORIZATION_FAILED 33 UNSUPPORTED_SASL_MECHANISM 34 ILLEGAL_SASL_STATE "
            + "35 UNSUPPORTED_VERSION 37 INVALID_PARTITIONS 38 INVALID_REPLICATION_FACTOR 40 INVALID_CONFIG 42 INVALID_REQUEST "
            + "43 UNSUPPORTED_FOR_MESSAGE_FORMAT 44 POLICY_VIOLATION 58 SASL_AUTHENTICATION_FAILED 76 UNSUPPORTED_COMPRESSION_TYPE");
        know(Kind.PRODUCER, "45 OUT_OF_ORDER_SEQUENCE_NUMBER 46 DUPLICATE_SEQUENCE_NUMBER 47 INVALID_PRODUCER_EPOCH "
            + "59 UNKNOWN_PRODUCER_ID 90 PRODUCER_FENCED");
        know(Kind.OTHER, "-1 UNKNOWN_SERVER_ERROR 1 OFFSET_OUT_OF_RANGE 36 TOPIC_ALREADY_EXISTS");
    }

    private static void know(Kind kind, String codesAndNames) {
        String[] words = codesAndNames.split(" ");
        for (int i = 0; i < words.length; i += 2) {
            int code = Integer.parseInt(words[i]);
            KNOWN.put(code, new KafkaError(code, words[i + 1], kind));
        }
    }

    static KafkaError of(int code) {
        KafkaError known = KNOWN.get(code);
        return known != null ? known : new KafkaError(code, "error " + code, Kind.OTHER);
    }
}
