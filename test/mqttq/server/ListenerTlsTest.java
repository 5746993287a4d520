package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Objects;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.config.TlsSettings;
import mqttq.tls.Identity;
import mqttq.tls.Pem;
import org.junit.jupiter.api.Test;

/** With a small CA made by openssl: ca.pem; client, revoked, server and server2 that it signed; revoked.crl, which names revoked, and empty.crl. */
class ListenerTlsTest {
    private static final Path PKI = Path.of(Objects.requireNonNull(ListenerTlsTest.class.getResource("pki/ca.pem")).getPath()).getParent();

    private static String path(String name) {
        return name == null ? null : PKI.resolve(name).toString();
    }

    private static TlsSettings settings(String server, String ca, String crl) {
        return new TlsSettings(path(ca), null, path(server == null ? null : server + ".pem"), path(server == null ? null : server + ".key"), path(crl), ca != null, false, "TLSv1.2", null, null);
    }

    private static X509Certificate[] chain(String name) throws IOException {
        return Pem.certificates(PKI.resolve(name + ".pem")).toArray(new X509Certificate[0]);
    }

    @Test
    void revocationListsCount() throws Exception {
        TlsSettings open = settings("server", "ca.pem", null), listed = settings("server", "ca.pem", "revoked.crl");
        ListenerTls tls = new ListenerTls(ListenerTls.read(open, null, System::currentTimeMillis));
        tls.content().trust().checkClientTrusted(chain("revoked"), "UNKNOWN");
        assertTrue(tls.admits(chain("revoked")[0]));
        tls.use(ListenerTls.read(listed, null, System::currentTimeMillis));
        assertThrows(CertificateException.class, () -> tls.content().trust().checkClientTrusted(chain("revoked"), "UNKNOWN"));
        assertDoesNotThrow(() -> tls.content().trust().checkClientTrusted(chain("client"), "UNKNOWN"));
        assertFalse(tls.admits(chain("revoked")[0]));
        assertTrue(tls.admits(chain("client")[0]));
        ListenerTls.Content empty = ListenerTls.read(settings("server", "ca.pem", "empty.crl"), null, System::currentTimeMillis);
        assertDoesNotThrow(() -> empty.trust().checkClientTrusted(chain("revoked"), "UNKNOWN"));
    }

    @Test
    void datesCountForWhatStandsInTheCaFileItself() throws Exception {
        String expired = "../../tls/pem/expired-self-signed", standing = "../../tls/pem/self-signed";
        for (String list : new String[] {null, "revoked.crl", "empty.crl"}) {
            X509ExtendedTrustManager trust = ListenerTls.read(settings("server", expired + ".pem", list), null, System::currentTimeMillis).trust();
            assertThrows(CertificateException.class, () -> trust.checkClientTrusted(chain(expired), "UNKNOWN"));
            X509ExtendedTrustManager other = ListenerTls.read(settings("server", standing + ".pem", list), null, System::currentTimeMillis).trust();
            assertDoesNotThrow(() -> other.checkClientTrusted(chain(standing), "UNKNOWN"));
            assertThrows(CertificateException.class, () -> other.checkClientTrusted(chain("client"), "UNKNOWN"));
        }
    }

    @Test
    void datesAreLeftOutWhereThatIsAskedFor() throws Exception {
        X509Certificate client = chain("client")[0];
        TlsSettings s = settings("server", "ca.pem", "revoked.crl"), any = new TlsSettings(s.caFile(), null, s.certFile(), s.keyFile(), s.crlFile(), true, true, "TLSv1.2", null, null);
        for (long now : new long[] {client.getNotBefore().getTime() - 86_400_000, client.getNotAfter().getTime() + 86_400_000}) {
            ListenerTls.Content content = ListenerTls.read(any, null, () -> now);
            assertDoesNotThrow(() -> content.trust().checkClientTrusted(chain("client"), "UNKNOWN"));
            assertThrows(CertificateException.class, () -> content.trust().checkClientTrusted(new X509Certificate[] {Pem.certificates(PKI.resolve("../../tls/pem/ec256.pem")).get(0)}, "UNKNOWN"));
            assertFalse(new ListenerTls(content).admits(chain("revoked")[0]));
        }
    }

    @Test
    void strangersAreNotTrustedAndNobodyIsAskedUnlessWanted() throws Exception {
        ListenerTls.Content content = ListenerTls.read(settings("server", "client.pem", null), null, System::currentTimeMillis);
        assertThrows(CertificateException.class, () -> content.trust().checkClientTrusted(chain("revoked"), "UNKNOWN"));
        assertNull(ListenerTls.read(settings("server", null, null), null, System::currentTimeMillis).trust());
    }

    @Test
    void theOwnCertificateStandsInForNone() throws Exception {
        Identity own = Identity.ofPem(PKI.resolve("client.pem"), PKI.resolve("client.key"));
        assertEquals(own, ListenerTls.read(settings(null, null, null), own, System::currentTimeMillis).identity());
    }

    @Test
    void whatCannotBeReadIsNamed() {
        String text = assertThrows(IOException.class, () -> ListenerTls.read(settings("nothing", null, null), null, System::currentTimeMillis)).getMessage();
        assertTrue(text.contains("nothing.pem"), text);
        text = assertThrows(IOException.class, () -> ListenerTls.read(settings("server", "ca.pem", "server.key"), null, System::currentTimeMillis)).getMessage();
        assertTrue(text.contains("server.key"), text);
        text = assertThrows(IOException.class, () -> ListenerTls.read(settings("server", "ca.pem", "nolist.crl"), null, System::currentTimeMillis)).getMessage();
        assertTrue(text.contains("nolist.crl: no such file"), text);
        text = assertThrows(IOException.class, () -> ListenerTls.read(settings("server", "client.key", null), null, System::currentTimeMillis)).getMessage();
        assertTrue(text.contains("client.key"), text);
        text = assertThrows(IOException.class, () -> ListenerTls.read(new TlsSettings(null, null, path("server.pem"), path("client.key"), null, false, false, "TLSv1.2", null, null), null, System::currentTimeMillis)).getMessage();
        assertTrue(text.contains("client.key"), text);
    }
}
