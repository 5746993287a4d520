package mqttq.broker;

import java.util.List;
import mqttq.auth.Permissions;

/**
 * Hears of every change of what outlives a connection, as it happens: what a journal must write. Called only for sessions that are kept
 * ({@link Session#kept}), there for messages of QoS 1 and 2 alone, and for retained messages. {@link #position} tells how far it was told,
 * {@link #durable} how far that is safe: an acknowledgement waits until the first position it depends on is.
 */
interface StateListener {
    /** Where a message was sent from: the routing at once, the queue, the retained messages for new subscriptions. */
    int ROUTED = 0, QUEUE = 1, BACKLOG = 2;

    StateListener NONE = new StateListener() { };

    /** A session began, or its client, expiry or will did change. */
    default void session(Session session) { }

    /** It is gone, or will end with its connection from now on. */
    default void sessionEnded(Session session) { }

    /** Made or changed. */
    default void subscribed(Session session, Subscription subscription) { }
    default void unsubscribed(Session session, Subscription subscription) { }

    /** Replaces what the topic had. {@code source}: the rights of who published it, or null. */
    default void retained(StoredMessage message, Permissions source) { }
    default void retainedRemoved(StoredMessage message) { }

    /** A message waits for the client in {@link #QUEUE} or {@link #BACKLOG}; {@code flags} as in {@link Session}. */
    default void queued(Session session, StoredMessage message, int flags, int[] identifiers, int in) { }

    /** The oldest that waits there was dropped. */
    default void unqueued(Session session, int from) { }

    /** A message went out for the first time. */
    default void sent(Session session, int packetId, StoredMessage message, int flags, int[] identifiers, int from) { }

    /** PUBREC came. */
    default void released(Session session, int packetId) { }

    /** PUBACK or PUBCOMP came, or PUBREC with an error. */
    default void completed(Session session, int packetId) { }

    /** A PUBLISH of QoS 2 came from the client; its identifier must be known until {@link #receivedReleased}. */
    default void received(Session session, int packetId) { }
    default void receivedReleased(Session session, int packetId) { }

    /** A client came, went, or is to be reached elsewhere; whether its session is kept or not. */
    default void moved(String clientId) { }

    /** Their publishers were told that they are not taken: nobody keeps them any more, but as retained messages. */
    default void withdrawn(List<StoredMessage> messages) { }

    /** Grows with each change told. */
    default long position() { return 0; }

    /** All up to here is safe; {@link Broker#durable} is called when it grows. */
    default long durable() { return 0; }

    /** Somebody waits for {@link #position}. */
    default void awaited() { }

    /** Why nothing should be taken that has to be kept, or null; and whether not even what was taken can be made safe now. */
    default String error() { return null; }
    default boolean stuck() { return false; }
}
