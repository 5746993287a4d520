package mqttq.auth;

/** Finds out who a client is. One a listener; loop thread. */
public interface Authenticator {
    /** Why a client is turned away. */
    enum Refusal {
        /**
         * Unknown user, wrong password, anonymous where that is not allowed, wrong client id prefix, revoked certificate: 0x87, in 3.1.1
         * code 5, as Mosquitto.
         */
        NOT_AUTHORIZED,
        /** No certificate to take the user name from, or none in it: 0x86, in 3.1.1 code 4, as Mosquitto. */
        BAD_USER_NAME,
        /** Its address failed too often lately, or too many passwords are being checked: 0x97, in 3.1.1 code 3. */
        TRY_LATER
    }

    /** Outcome; exactly one call, on the loop thread, within {@link #authenticate} or in a later turn (the client may be gone by then). */
    interface Result {
        void accepted(Login login);

        void refused(Refusal why);
    }

    /** Checks a client that connects. */
    void authenticate(ConnectInfo info, Result result);

    /** An authentication in several steps (MQTT 5.0 §4.12). */
    interface Exchange {
        /** The answer to what the client says; null: refused. */
        byte[] answer(byte[] data);

        /** Null until the client is who it says; then the last answer goes along with the success. */
        Login login();

        /** Why {@link #answer} refused. */
        default Refusal refusal() { return Refusal.NOT_AUTHORIZED; }
    }

    /** Begins one by a method such as SCRAM-SHA-256; null where that is not served. */
    default Exchange exchange(String method, ConnectInfo info) { return null; }

    /** Checks a connected client again, after a reload. */
    void recheck(Login login, Result result);
}
