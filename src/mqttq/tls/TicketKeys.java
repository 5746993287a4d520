package mqttq.tls;

import java.security.SecureRandom;

/**
 * The keys under which a server seals its stateless session tickets, shared by its connections on one thread.
 * A new key takes over each rotation period; a ticket opens under the current and the previous one. They live and die with the process.
 */
public final class TicketKeys {
    /** @param rotationMillis how long a key seals, in milliseconds; tickets live at least this long and at most twice as long */
    public TicketKeys(SecureRandom random, long rotationMillis) {
    }
}
