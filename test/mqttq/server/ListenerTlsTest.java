package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.broker.Broker;
import mqttq.config.ServerSettings;
import mqttq.config.TlsSettings;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.Identity;
import mqttq.tls.Pem;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;
import mqttq.transport.Pipe;
import mqttq.transport.QuicTransport;
import mqttq.transport.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a small CA made by openssl: ca.pem; client, revoked, server and server2 that it signed; revoked.crl, which names revoked, and empty.crl. */
class ListenerTlsTest {
    private static final long MS = 1_000_000;
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

    @Test
    void ticketsFromBeforeAReloadAreWorthNothing(@TempDir Path dir) throws Exception {
        SimWorld world = new SimWorld(1);
        SimLoop client = world.host("10.0.0.1"), host = world.host("10.0.0.2");
        world.link(client, host).delay(10 * MS);
        ServerSettings settings = ServerSettings.load(RunningBroker.options(dir, null));
        Path pems = PKI.resolve("../../tls/pem");
        Identity identity = Identity.ofPem(pems.resolve("ec256.pem"), pems.resolve("ec256.key"));
        ListenerTls.Content content = new ListenerTls.Content(settings("server", null, null), identity, null, List.of());
        ListenerTransports.Secured secured = new ListenerTransports(host, new Broker(host, settings.broker(), "test"), settings, null, false, null).of(settings.listeners().get(0), content);
        int[] heard = {0};
        Transport.Bound bound = secured.transport.listen(host, new InetSocketAddress("10.0.0.2", 8883), pipe -> new Counting(heard));
        TlsConfig tls = TlsConfig.builder(client.entropy(), client::wallMillis).applicationProtocols("mqtt").trustManager(Trust.ofPem(pems.resolve("ca.pem"))).build();
        QuicTransport from = QuicTransport.client(client, tls, "broker.example");
        for (int visit = 0; visit < 3; visit++) {
            if (visit == 2) secured.reload(content);
            from.connect(client, bound.local(), new Transport.Connected() {
                @Override public Pipe.Handler onConnected(Pipe pipe) {
                    pipe.write(ByteBuffer.wrap(new byte[1]));
                    return new Counting(new int[1]);
                }

                @Override public void onFailed(String reason) { throw new AssertionError(reason); }
            });
            world.runFor(15 * MS);
            // with a ticket that is taken, what a client says is there half a round trip later
            assertEquals(visit == 1 ? 2 : visit, heard[0], "visit " + visit);
            world.runFor(1000 * MS);
            assertEquals(visit + 1, heard[0]);
        }
    }

    private record Counting(int[] heard) implements Pipe.Handler {
        @Override public void onData(ByteBuffer data) {
            heard[0] += data.remaining();
            data.position(data.limit());
        }

        @Override public void onWritable() { }
        @Override public void onEnd() { }
        @Override public void onClosed(String reason) { }
    }
}
