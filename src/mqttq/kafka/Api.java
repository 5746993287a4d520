package mqttq.kafka;

/**
 * Kafka's requests that are used here, in the versions before its "flexible" encoding: together they serve Kafka 2.1 to 4.x. A response
 * is laid out as its request's version has it.
 */
enum Api {
    PRODUCE(0, 3, 8), FETCH(1, 4, 11), LIST_OFFSETS(2, 1, 5), METADATA(3, 4, 8), OFFSET_COMMIT(8, 2, 7), FIND_COORDINATOR(10, 0, 2),
    SASL_HANDSHAKE(17, 1, 1), API_VERSIONS(18, 0, 0), CREATE_TOPICS(19, 2, 4), INIT_PRODUCER_ID(22, 0, 1), SASL_AUTHENTICATE(36, 0, 1);

    final int key, min, max;

    Api(int key, int min, int max) {
        this.key = key;
        this.min = min;
        this.max = max;
    }

    /** The highest version that both sides speak; -1: there is none. */
    int agree(int theirMin, int theirMax) {
        int version = Math.min(max, theirMax);
        return version >= Math.max(min, theirMin) ? version : -1;
    }
}
