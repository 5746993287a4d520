package mqttq.auth;

import java.security.cert.X509Certificate;
import mqttq.config.ListenerSettings;
import mqttq.config.ListenerSettings.UserNameSource;

/** Authentication and authorisation of one listener. Loop thread. */
public final class ListenerAccess implements Authenticator, Authorizer {
    /** Whether a client's certificate, which its handshake accepted, still stands. */
    public interface CertificateCheck {
        boolean admits(X509Certificate certificate);
    }

    private ListenerSettings settings;
    private AccessControl control;
    private final CertificateCheck certificates;

    /** @param certificates null where there are none, or all stand for ever */
    public ListenerAccess(ListenerSettings settings, AccessControl control, CertificateCheck certificates) {
        this.certificates = certificates;
        apply(settings, control);
    }

    /** Takes over what a reload brought; connected clients are to be {@linkplain #recheck rechecked}. */
    public void apply(ListenerSettings settings, AccessControl control) {
        this.settings = settings;
        this.control = control;
    }

    Acl acl() { return control.acl(); }
    @Override public Permissions permissions(String clientId, String userName) { return new ClientPermissions(this, clientId, userName); }

    @Override public void authenticate(ConnectInfo info, Result result) {
        if (control.admits(info.clientId())) decide(new Login(info, userName(info), null), result);
        else result.refused(Refusal.NOT_AUTHORIZED);
    }

    @Override public void recheck(Login login, Result result) { decide(login, result); }

    private String userName(ConnectInfo info) {
        if (settings.identity() == UserNameSource.CONNECT) return info.userName();
        if (info.certificate() == null) return null;
        return settings.identity() == UserNameSource.SUBJECT ? CertificateNames.subject(info.certificate())
            : CertificateNames.commonName(info.certificate());
    }

    private void decide(Login login, Result result) {
        ConnectInfo info = login.info;
        String user = login.userName;
        if (certificates != null && info.certificate() != null && !certificates.admits(info.certificate())) {
            result.refused(Refusal.NOT_AUTHORIZED);
        } else if (settings.identity() != UserNameSource.CONNECT) {
            // a password file is not used here: the certificate has proved who it is
            if (user != null) result.accepted(login);
            else result.refused(Refusal.BAD_USER_NAME);
        } else if (user == null || !control.hasPasswords()) {
            // a name that nothing can prove is worth no more than none
            if (settings.allowAnonymous() && (user != null || !settings.useUserNameAsClientId())) result.accepted(login);
            else result.refused(Refusal.NOT_AUTHORIZED);
        } else if (login.proof != null && login.proof.sameAs(control.passwordOf(user))) {
            result.accepted(login);
        } else if (info.password() == null || info.password().length == 0) {
            // as Mosquitto: an empty password is none
            result.refused(Refusal.NOT_AUTHORIZED);
        } else {
            checkPassword(login, result);
        }
    }

    @Override public Exchange exchange(String method, ConnectInfo info) {
        boolean served = method.equals(ScramExchange.METHOD) && settings.identity() == UserNameSource.CONNECT && control.hasPasswords();
        return served && control.admits(info.clientId()) ? new ScramExchange(control, this::stands, info) : null;
    }

    /** Whether who has proved a password would be let in with it: files may have been read again since, a certificate may be revoked. */
    private boolean stands(Login login) {
        boolean[] accepted = new boolean[1];
        decide(login, new Result() {
            @Override public void accepted(Login same) { accepted[0] = true; }
            @Override public void refused(Refusal why) { }
        });
        return accepted[0];
    }

    private void checkPassword(Login login, Result result) {
        ConnectInfo info = login.info;
        PasswordHash hash = control.passwordOf(login.userName);
        if (control.guard.checker.knows(login.userName, info.password(), hash)) {
            control.guard.right(info, login.userName);
            result.accepted(new Login(info, login.userName, hash));
            return;
        }
        boolean connected = login.proof != null;
        if (connected && hash == null) {
            result.refused(Refusal.NOT_AUTHORIZED);
            return;
        }
        control.guard.checker.check(info, login.userName, hash, control.work(hash), connected, verdict -> {
            if (verdict == PasswordChecker.Verdict.BUSY) result.refused(Refusal.TRY_LATER);
            else if (verdict == PasswordChecker.Verdict.WRONG) result.refused(Refusal.NOT_AUTHORIZED);
            else decide(login, result); // the file may have been reloaded meanwhile; if not, this pair is known now
        });
    }
}
