package mqttq.auth;

/** The rights of one client. Loop thread. */
public interface Permissions {
    /**
     * Whether {@code access} to a topic name (or filter, for SUBSCRIBE and UNSUBSCRIBE; with its {@code $share/group/}) is allowed.
     * {@code topic} is valid UTF-8. Allocates nothing.
     */
    boolean allowed(Access access, byte[] topic, int offset, int length);
}
