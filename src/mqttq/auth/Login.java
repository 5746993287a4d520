package mqttq.auth;

/** Proof that a client was let in; the broker keeps it while the client is connected and hands it to {@link Authenticator#recheck}. */
public final class Login {
    final ConnectInfo info;
    final String userName;

    Login(ConnectInfo info, String userName) {
        this.info = info;
        this.userName = userName;
    }

    /** The user name that ACLs and logs go by: from CONNECT or from the certificate; null for an anonymous client. */
    public String userName() {
        return userName;
    }
}
