package mqttq.auth;

/** Says what clients may do. One a listener; loop thread. */
public interface Authorizer {
    /**
     * The rights of a client, resolved once for a session, connected or not; {@code userName} null for an anonymous one. They follow
     * reloads by themselves.
     */
    Permissions permissions(String clientId, String userName);

    /** Everything is allowed, or nothing. */
    Authorizer ALL = (clientId, userName) -> (access, topic, offset, length) -> true,
        NONE = (clientId, userName) -> (access, topic, offset, length) -> false;
}
