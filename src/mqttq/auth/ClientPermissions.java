package mqttq.auth;

import java.nio.charset.StandardCharsets;

/** One client's view of the {@link Acl} in force. */
final class ClientPermissions implements Permissions {
    private static final byte[] SYS = ascii("$SYS"), SHARE = ascii("$share");
    private static final Acl.Rule BRIDGE_STATE = new Acl.Rule("$SYS/broker/connection/+/state", 0);

    private final ListenerAccess listener;
    private final String clientId, userName;
    private Acl seen;
    private Acl.Rule[] rules = Acl.NONE, patterns = Acl.NONE;

    ClientPermissions(ListenerAccess listener, String clientId, String userName) {
        this.listener = listener;
        this.clientId = clientId;
        this.userName = userName;
    }

    @Override public boolean allowed(Access access, byte[] topic, int offset, int length) {
        // as Mosquitto: what may be read is decided message by message
        if (access == Access.SUBSCRIBE || access == Access.UNSUBSCRIBE) return true;
        if (length == 0) return false;
        if (topic[offset] == '$') {
            if (startsWith(topic, offset, length, SHARE)) return false;
            if (access == Access.WRITE && startsWith(topic, offset, length, SYS) && !BRIDGE_STATE.matches(topic, offset, length)) {
                return false;
            }
        }
        Acl acl = listener.acl();
        if (acl == null) return true;
        if (acl != seen) resolve(acl);
        int verdict = Acl.verdict(rules, access, topic, offset, length);
        if (verdict == 0 && patterns != null) verdict = Acl.verdict(patterns, access, topic, offset, length);
        return verdict > 0;
    }

    private void resolve(Acl acl) {
        seen = acl;
        rules = acl.rulesOf(userName);
        patterns = acl.patternsOf(clientId, userName);
    }

    private static boolean startsWith(byte[] topic, int offset, int length, byte[] prefix) {
        if (length < prefix.length) return false;
        for (int i = 0; i < prefix.length; i++) if (topic[offset + i] != prefix[i]) return false;
        return true;
    }

    private static byte[] ascii(String text) { return text.getBytes(StandardCharsets.US_ASCII); }
}
