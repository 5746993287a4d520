package mqttq.broker;

import mqttq.auth.Access;
import mqttq.auth.Permissions;

/**
 * The rights of a client, and whose they are and where they come from, so that a later process finds them again. {@code userName}: null for
 * none.
 */
record Rights(String clientId, String userName, String listener, Permissions permissions) implements Permissions {
    @Override public boolean allowed(Access access, byte[] topic, int offset, int length) {
        return permissions.allowed(access, topic, offset, length);
    }
}
