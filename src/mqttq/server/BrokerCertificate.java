package mqttq.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import mqttq.tls.Identity;
import mqttq.tls.Pem;

/**
 * The certificate that the broker makes for itself, by the JDK's keytool (half a second on a PC, seconds on a Pi): {@code broker.key} and
 * {@code broker.crt} in the data directory. It is a CA as well, so that clients that trust it also trust its renewal, which has the same
 * key.
 */
final class BrokerCertificate {
    private static final long DAY = 86_400_000L, YEARS_10 = 3652 * DAY, RENEW_BEFORE = 365 * DAY;
    /** When this was written: a clock that says less is wrong, as on a Pi without a battery before it has the time from the network. */
    private static final long NOT_EARLIER = 1_767_225_600_000L;
    private static final String START = "1970/01/02 00:00:00", ALIAS = "broker", PASSWORD_VARIABLE = "MQTTQ_KEYSTORE_PASSWORD";

    private final Path directory, keyFile, certificateFile;
    private final SecureRandom random;

    BrokerCertificate(String directory, SecureRandom random) {
        this.directory = Path.of(directory);
        this.random = random;
        keyFile = this.directory.resolve("broker.key");
        certificateFile = this.directory.resolve("broker.crt");
    }

    Path file() { return certificateFile; }
    boolean exists() { return Files.exists(keyFile) && Files.exists(certificateFile); }

    /** Reads the files. */
    Identity load() throws IOException { return Identity.ofPem(certificateFile, keyFile); }

    static boolean isDue(X509Certificate certificate, long wallMillis) {
        return certificate.getNotAfter().getTime() - RENEW_BEFORE < Math.max(wallMillis, NOT_EARLIER);
    }

    /** Makes key and certificate. Slow. */
    void make(long wallMillis) throws IOException {
        String host = HostNames.hostName();
        Path store = temporary();
        try {
            List<String> command = new ArrayList<>(List.of("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN="
                + (host == null ? "mqttq" : host)));
            extensions(command, host);
            String password = password();
            save(keytool(store, command, wallMillis, password), password);
        } finally {
            Files.deleteIfExists(store);
        }
    }

    /** A new certificate for the same key and name, with the names and addresses of today. Slow. */
    void renew(long wallMillis) throws IOException {
        Path store = temporary();
        try {
            String password = password();
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            PrivateKey key = Pem.privateKey(keyFile);
            keys.setKeyEntry(ALIAS, key, password.toCharArray(), Pem.certificates(certificateFile).toArray(new Certificate[0]));
            try (OutputStream out = Files.newOutputStream(store)) {
                keys.store(out, password.toCharArray());
            }
            List<String> command = new ArrayList<>(List.of("-selfcert"));
            extensions(command, HostNames.hostName());
            save(keytool(store, command, wallMillis, password), null);
        } catch (GeneralSecurityException e) {
            throw new IOException(certificateFile + ": " + e.getMessage());
        } finally {
            Files.deleteIfExists(store);
        }
    }

    private static void extensions(List<String> command, String host) {
        StringBuilder names = new StringBuilder("san=");
        for (String name : HostNames.names(host)) names.append("dns:").append(name).append(',');
        for (InetAddress address : HostNames.addresses()) names.append("ip:").append(address.getHostAddress()).append(',');
        names.setLength(names.length() - 1);
        for (String extension : List.of(names.toString(), "bc:critical=ca:true,pathlen:0", "ku:critical=digitalSignature,keyCertSign",
            "eku=serverAuth")) {
            command.add("-ext");
            command.add(extension);
        }
    }

    private KeyStore keytool(Path store, List<String> task, long wallMillis, String password) throws IOException {
        long until = Math.max(wallMillis, NOT_EARLIER) + YEARS_10;
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-J-Duser.timezone=UTC"));
        command.addAll(task);
        command.addAll(List.of("-alias", ALIAS, "-sigalg", "SHA256withECDSA", "-startdate", START, "-validity", Long.toString(until / DAY),
            "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass:env", PASSWORD_VARIABLE));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(PASSWORD_VARIABLE, password);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String said = new String(readAll(process.getInputStream()), StandardCharsets.UTF_8).trim();
            if (process.waitFor() != 0) throw new IOException("keytool failed: " + said.lines().findFirst().orElse("no reason given"));
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, password.toCharArray());
            }
            return keys;
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool's file cannot be read: " + e.getMessage());
        } catch (InterruptedException e) {
            throw new IOException("interrupted while waiting for keytool");
        }
    }

    private static byte[] readAll(InputStream in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        in.transferTo(out);
        return out.toByteArray();
    }

    /** @param password that of the key, which is then saved as well, or null */
    private void save(KeyStore keys, String password) throws IOException {
        try {
            if (password != null) {
                replace(keyFile, pem("PRIVATE KEY", keys.getKey(ALIAS, password.toCharArray()).getEncoded()), "rw-------");
            }
            replace(certificateFile, pem("CERTIFICATE", keys.getCertificate(ALIAS).getEncoded()), "rw-r--r--");
        } catch (GeneralSecurityException e) {
            throw new IOException(certificateFile + ": " + e.getMessage());
        }
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label
            + "-----\n";
    }

    private void replace(Path file, String text, String mode) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, attributes(mode));
        Files.writeString(temporary, text);
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** A name in the data directory, which is made with mode 700; keytool wants no file there. */
    private Path temporary() throws IOException {
        if (!Files.isDirectory(directory)) Files.createDirectories(directory, attributes("rwx------"));
        return directory.resolve("keytool-" + password() + ".p12");
    }

    private FileAttribute<?>[] attributes(String mode) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
            : new FileAttribute<?>[0];
    }

    private String password() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The addresses of this host that the certificate does not name. */
    static Set<InetAddress> missing(X509Certificate certificate, Set<InetAddress> addresses) {
        Set<InetAddress> missing = new LinkedHashSet<>(addresses);
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names != null) {
                for (List<?> name : names) {
                    if (Integer.valueOf(7).equals(name.get(0))) missing.remove(InetAddress.getByName((String) name.get(1)));
                }
            }
        } catch (GeneralSecurityException | IOException e) {
            return Set.of(); // nothing to say about names that cannot be read
        }
        return missing;
    }
}
