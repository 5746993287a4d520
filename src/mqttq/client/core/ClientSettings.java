package mqttq.client.core;

import mqttq.mqtt.Connect;
import mqttq.transport.Transport;
import mqttq.wire.Scram;

/**
 * What a client is told. Immutable. Times in ns.
 * @param endpoint where to connect to, and over what
 * @param fallback where to go when {@code endpoint} cannot be reached; null: nowhere
 * @param connect the CONNECT packet to send; on reconnects without Clean Start where the session is to be resumed. With the authentication
 *     method
 *     SCRAM-SHA-256 and no data the password is proved by it, and not sent
 * @param receiveMaximum the most QoS 1 and 2 messages in flight to the broker, 1 to {@link #MOST_IN_FLIGHT}
 * @param topicAliases the most numbers to send for topics, where the broker takes them; 0: none
 * @param connectTimeout for transport and CONNACK together; each try of a fallback has its own
 * @param reconnect whether to come back by itself when a connection that stood is lost
 * @param reconnectMin first pause before coming back; doubles up to {@code reconnectMax}, with up to a fifth of random spread
 * @param reconnectMax longest pause
 * @param queueLimit the most messages waiting to be sent
 * @param streams what has a stream of its own, over QUIC
 */
public record ClientSettings(Endpoint endpoint, Endpoint fallback, Connect connect, int receiveMaximum, int topicAliases,
    long connectTimeout,
                             boolean reconnect, long reconnectMin, long reconnectMax, int queueLimit, Streams streams) {
    /** Leaves packet identifiers for SUBSCRIBE and UNSUBSCRIBE. */
    public static final int MOST_IN_FLIGHT = 65_535 - ClientCore.MAX_REQUESTS;

    private static final long SECOND = 1_000_000_000L;

    /** How messages and subscriptions are spread over a QUIC connection's streams: over one, one a topic (or filter), or one a QoS. */
    public enum Streams { SINGLE, TOPIC, QOS }

    /**
     * A broker's address.
     * @param transport how to connect; it knows trust and identity
     * @param host a name or an address
     * @param port 1 to 65535
     */
    public record Endpoint(Transport transport, String host, int port) { }

    public ClientSettings {
        if (receiveMaximum < 1 || receiveMaximum > MOST_IN_FLIGHT) throw new IllegalArgumentException("receiveMaximum " + receiveMaximum);
        boolean scram = Scram.SHA_256.equals(connect.authenticationMethod()) && connect.authenticationData() == null;
        if (scram && (connect.userName() == null || connect.password() == null)) {
            throw new IllegalArgumentException(Scram.SHA_256 + " takes a user name and a password");
        }
        if (queueLimit < 1) throw new IllegalArgumentException("queueLimit " + queueLimit);
    }

    /** Mosquitto's defaults: 20 in flight, 1000 waiting, back after 1 s to 30 s. */
    public static ClientSettings of(Endpoint endpoint, Connect connect) {
        return new ClientSettings(endpoint, null, connect, 20, 0, 30 * SECOND, true, SECOND, 30 * SECOND, 1000, Streams.SINGLE);
    }

    public ClientSettings withFallback(Endpoint other) {
        return new ClientSettings(endpoint, other, connect, receiveMaximum, topicAliases, connectTimeout, reconnect, reconnectMin,
            reconnectMax, queueLimit, streams);
    }

    public ClientSettings withReconnect(boolean on) {
        return new ClientSettings(endpoint, fallback, connect, receiveMaximum, topicAliases, connectTimeout, on, reconnectMin, reconnectMax,
            queueLimit, streams);
    }

    public ClientSettings withLimits(int inFlight, int waiting, int aliases) {
        return new ClientSettings(endpoint, fallback, connect, inFlight, aliases, connectTimeout, reconnect, reconnectMin, reconnectMax,
            waiting, streams);
    }

    public ClientSettings withStreams(Streams value) {
        return new ClientSettings(endpoint, fallback, connect, receiveMaximum, topicAliases, connectTimeout, reconnect, reconnectMin,
            reconnectMax, queueLimit, value);
    }
}
