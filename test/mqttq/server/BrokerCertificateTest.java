package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import mqttq.tls.Identity;
import mqttq.tls.Trust;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerCertificateTest {
    private static final long NOW = 1_800_000_000_000L, YEAR = 31_557_600_000L;

    @TempDir
    Path dir;

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void isMadeOnceAndRenewedWithTheSameKey() throws Exception {
        Path data = dir.resolve("a/data");
        BrokerCertificate certificate = new BrokerCertificate(data.toString(), new SecureRandom());
        assertFalse(certificate.exists());
        certificate.make(NOW);
        assertTrue(certificate.exists());
        assertEquals("rwx------", mode(data));
        assertEquals("rw-------", mode(data.resolve("broker.key")));
        assertEquals("rw-r--r--", mode(data.resolve("broker.crt")));
        try (Stream<Path> files = Files.list(data)) {
            assertEquals(2, files.count(), "nothing is left over");
        }

        Identity identity = certificate.load();
        X509Certificate leaf = identity.chain().get(0);
        assertEquals("EC", leaf.getPublicKey().getAlgorithm());
        assertTrue(leaf.getNotBefore().getTime() < YEAR, "a clock that starts in 1970 is fine");
        assertEquals(NOW + 10 * YEAR, leaf.getNotAfter().getTime(), 3.0 * 86_400_000);
        Set<String> names = new java.util.HashSet<>();
        for (List<?> name : leaf.getSubjectAlternativeNames()) names.add(name.get(1).toString());
        assertTrue(names.containsAll(List.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1")), names.toString());
        assertEquals(Set.of(), BrokerCertificate.missing(leaf, HostNames.addresses()));
        InetAddress other = InetAddress.getByName("198.51.100.7");
        assertEquals(Set.of(other), BrokerCertificate.missing(leaf, Set.of(other, InetAddress.getByName("::1"))));

        assertFalse(BrokerCertificate.isDue(leaf, NOW + 8 * YEAR));
        assertTrue(BrokerCertificate.isDue(leaf, NOW + 9 * YEAR + YEAR / 2));
        assertFalse(BrokerCertificate.isDue(leaf, 0));
        certificate.renew(NOW + 9 * YEAR);
        X509Certificate renewed = certificate.load().chain().get(0);
        assertEquals(leaf.getPublicKey(), renewed.getPublicKey());
        assertEquals(leaf.getSubjectX500Principal(), renewed.getSubjectX500Principal());
        assertNotEquals(leaf.getSerialNumber(), renewed.getSerialNumber());
        assertEquals(NOW + 19 * YEAR, renewed.getNotAfter().getTime(), 6.0 * 86_400_000);
        assertDoesNotThrow(() -> Trust.of(List.of(leaf)).checkServerTrusted(new X509Certificate[] {renewed}, "UNKNOWN"), "who trusts the old one trusts the new one");
    }

    @Test
    void aClockThatIsWrongDoesNotMakeAnExpiredCertificate() throws Exception {
        BrokerCertificate certificate = new BrokerCertificate(dir.toString(), new SecureRandom());
        certificate.make(0);
        assertTrue(certificate.load().chain().get(0).getNotAfter().getTime() > 1_767_225_600_000L + 9 * YEAR);
    }

    @Test
    void aDirectoryThatCannotBeMadeIsAnError() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));
        assertThrows(IOException.class, () -> new BrokerCertificate(file.resolve("x").toString(), new SecureRandom()).make(NOW));
    }

    @Test
    void namesACertificateCannotHoldAreLeftOut() {
        assertNull(HostNames.valid("my_pi"));
        assertNull(HostNames.valid("-pi"));
        assertNull(HostNames.valid("pi..lan"));
        assertNull(HostNames.valid(""));
        assertNull(HostNames.valid("10.0.0.1"));
        assertEquals("3com-pi.lan", HostNames.valid("3com-pi.lan"));
        assertEquals(Set.of("localhost"), HostNames.names(null));
        assertEquals(Set.of("localhost", "pi.lan", "pi.local"), HostNames.names("pi.lan"));
    }
}
