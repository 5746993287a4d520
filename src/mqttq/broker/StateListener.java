package mqttq.broker;

/**
 * Hears of every change of what outlives a connection, as it happens: what a journal must write. Called only for sessions that are kept
 * ({@link Session#kept}) and for retained messages. {@link #position} tells how far it was told, {@link #durable} how far that is safe:
 * an acknowledgement waits until the first position it depends on is.
 */
interface StateListener {
    StateListener NONE = new StateListener() { };

    /** A session began, or its client, expiry or will did change. */
    default void session(Session session) { }
    default void sessionEnded(Session session) { }

    /** Made or changed. */
    default void subscribed(Session session, Subscription subscription) { }
    default void unsubscribed(Session session, Subscription subscription) { }

    /** Replaces what the topic had. */
    default void retained(StoredMessage message) { }
    default void retainedRemoved(StoredMessage message) { }

    /** A message waits for the client; {@code flags} as in {@link Session}. */
    default void queued(Session session, StoredMessage message, int flags, int[] identifiers) { }

    /** The oldest that waits was dropped: expired or too large. */
    default void unqueued(Session session) { }

    /** A message went out for the first time, from the head of the queue or past it. */
    default void sent(Session session, int packetId, StoredMessage message, int flags, int[] identifiers, boolean fromQueue) { }

    /** PUBREC came. */
    default void released(Session session, int packetId) { }

    /** PUBACK or PUBCOMP came, or PUBREC with an error. */
    default void completed(Session session, int packetId) { }

    /** A PUBLISH of QoS 2 came from the client; its identifier must be known until {@link #receivedReleased}. */
    default void received(Session session, int packetId) { }
    default void receivedReleased(Session session, int packetId) { }

    /** Grows with each change told. */
    default long position() { return 0; }

    /** All up to here is safe; {@link Broker#durable} is called when it grows. */
    default long durable() { return 0; }
}
