package mqttq.auth;

/** Proof that a client was let in; the broker keeps it while the client is connected and hands it to {@link Authenticator#recheck}. */
public final class Login {
    final ConnectInfo info;
    final String userName;
    /** What its password was checked against, or null. */
    final PasswordHash proof;

    Login(ConnectInfo info, String userName, PasswordHash proof) {
        this.info = info;
        this.userName = userName;
        this.proof = proof;
    }

    /** One that needed no password: for an {@link Authenticator} other than the files'. */
    public static Login of(ConnectInfo info, String userName) { return new Login(info, userName, null); }

    /** The user name that ACLs and logs go by: from CONNECT or from the certificate; null for an anonymous client. */
    public String userName() { return userName; }
}
