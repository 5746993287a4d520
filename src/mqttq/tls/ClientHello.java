package mqttq.tls;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SNIHostName;

/** A ClientHello as a server reads it (RFC 9846 §4.1.2): whole and checked before anything is done with it. */
final class ClientHello {
    final byte[] random;
    final int[] cipherSuites, groups, signatureSchemes;
    /** Null where the extension is absent, as {@link #groups} and {@link #signatureSchemes} are. */
    final byte[] transportParameters;
    final SNIHostName serverName;
    final boolean earlyData, cookie, pskDheKe;
    /** Where the message without its binders list ends; 0: no PSK offered. */
    final int truncatedLength;

    private final byte[] message;
    private final Extensions extensions;
    private final int afterCompression;
    private final int[] shareGroups = new int[TlsLimits.KEY_SHARES];
    private final int[] shareAt = new int[TlsLimits.KEY_SHARES], shareLength = new int[TlsLimits.KEY_SHARES];
    private int shareCount;
    private final byte[][] identities = new byte[TlsLimits.PSK_IDENTITIES][], binders = new byte[TlsLimits.PSK_IDENTITIES][];
    private final long[] obfuscatedAges = new long[TlsLimits.PSK_IDENTITIES];
    private int pskCount;

    /** Reads the message with its 4-byte header; the array must stay as it is while this is used. */
    ClientHello(byte[] message, int length) throws TlsAlertException {
        this.message = message;
        TlsReader in = new TlsReader(message, 4, length);
        // RFC 9846 §4.1.2
        if (in.u16() != 0x0303) throw new TlsAlertException(Alert.PROTOCOL_VERSION, "legacy_version is not 0x0303");
        random = in.bytes(32);
        TlsReader sessionId = in.vector(1, 0);
        if (sessionId.remaining() > 32) throw new TlsAlertException(Alert.DECODE_ERROR, "legacy_session_id too long");
        cipherSuites = in.u16List(2);
        TlsReader compression = in.vector(1, 1);
        boolean onlyNull = compression.u8() == 0 && !compression.hasMore();
        afterCompression = in.position();
        if (!in.hasMore()) throw new TlsAlertException(Alert.PROTOCOL_VERSION, "no extensions: not TLS 1.3");
        extensions = Extensions.read(message, in, Extensions.CH, 0);
        in.end();

        TlsReader versions = extensions.find(Extensions.SUPPORTED_VERSIONS);
        if (versions == null) throw new TlsAlertException(Alert.PROTOCOL_VERSION, "no supported_versions: not TLS 1.3");
        boolean tls13 = contains(versions.u16List(1), 0x0304);
        versions.end();
        if (!tls13) throw new TlsAlertException(Alert.PROTOCOL_VERSION, "TLS 1.3 is not among the supported_versions");
        if (!onlyNull) throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "compression offered");
        // RFC 9001 §8.4
        if (sessionId.hasMore()) throw TlsAlertException.protocolViolation("middlebox compatibility mode in QUIC");

        groups = u16List(Extensions.SUPPORTED_GROUPS);
        signatureSchemes = u16List(Extensions.SIGNATURE_ALGORITHMS);
        u16List(Extensions.SIGNATURE_ALGORITHMS_CERT);
        serverName = readServerName();
        readKeyShares();
        pskDheKe = readPskModes();
        truncatedLength = readPsks();
        earlyData = extensions.flag(Extensions.EARLY_DATA);
        if (earlyData && truncatedLength == 0) throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "early_data without pre_shared_key");
        TlsReader cookieData = extensions.find(Extensions.COOKIE);
        cookie = cookieData != null;
        if (cookie) {
            cookieData.vector(2, 1);
            cookieData.end();
        }
        // RFC 9001 §8.2
        transportParameters = extensions.need(Extensions.QUIC_TRANSPORT_PARAMETERS).rest();
    }

    boolean offers(CipherSuite suite) { return contains(cipherSuites, suite.id); }
    boolean offers(NamedGroup group) { return contains(groups, group.id); }

    /** The key share for a group, or null. */
    byte[] share(NamedGroup group) {
        for (int i = 0; i < shareCount; i++) {
            if (shareGroups[i] == group.id) return Arrays.copyOfRange(message, shareAt[i], shareAt[i] + shareLength[i]);
        }
        return null;
    }

    int shareCount() { return shareCount; }
    int pskCount() { return pskCount; }
    byte[] identity(int i) { return identities[i]; }
    byte[] binder(int i) { return binders[i]; }
    long obfuscatedAge(int i) { return obfuscatedAges[i]; }

    /** The first of our ALPN names, best first, that the client offers too; null if there is none (RFC 7301 §3.2). */
    String selectProtocol(List<String> ours) throws TlsAlertException {
        TlsReader alpn = extensions.find(Extensions.ALPN);
        if (alpn == null) return null;
        TlsReader list = alpn.vector(2, 2);
        alpn.end();
        int best = ours.size();
        while (list.hasMore()) {
            int at = ours.indexOf(new String(list.vector(1, 1).rest(), StandardCharsets.ISO_8859_1));
            if (at >= 0) best = Math.min(best, at);
        }
        return best < ours.size() ? ours.get(best) : null;
    }

    /** A hash over all that must stay the same when a HelloRetryRequest makes the client say it again (RFC 9846 §4.1.2). */
    byte[] unchangingPart() {
        MessageDigest digest = Transcript.digest("SHA-256");
        digest.update(message, 4, afterCompression - 4);
        for (int i = 0; i < extensions.count(); i++) {
            switch (extensions.type(i)) {
                case Extensions.KEY_SHARE, Extensions.EARLY_DATA, Extensions.COOKIE, Extensions.PRE_SHARED_KEY, Extensions.PADDING -> { }
                default -> digest.update(message, extensions.start(i), extensions.end(i) - extensions.start(i));
            }
        }
        return digest.digest();
    }

    private int[] u16List(int extension) throws TlsAlertException {
        TlsReader data = extensions.find(extension);
        if (data == null) return null;
        int[] list = data.u16List(2);
        data.end();
        return list;
    }

    /** RFC 6066 §3. */
    private SNIHostName readServerName() throws TlsAlertException {
        TlsReader data = extensions.find(Extensions.SERVER_NAME);
        if (data == null) return null;
        TlsReader list = data.vector(2, 4);
        data.end();
        SNIHostName found = null;
        while (list.hasMore()) {
            int type = list.u8();
            byte[] name = list.vector(2, 1).rest();
            if (type != 0) continue;
            if (found != null || name.length > 255) {
                throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "server_name repeated or too long");
            }
            String host = new String(name, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
            try {
                for (int i = 0; i < host.length(); i++) {
                    if ("abcdefghijklmnopqrstuvwxyz0123456789-._".indexOf(host.charAt(i)) < 0) throw new IllegalArgumentException(host);
                }
                found = new SNIHostName(host.getBytes(StandardCharsets.US_ASCII));
            } catch (RuntimeException e) {
                throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "server_name is not a host name");
            }
        }
        return found;
    }

    private void readKeyShares() throws TlsAlertException {
        TlsReader data = extensions.find(Extensions.KEY_SHARE);
        // RFC 9846 §9.2: each needs the other, and without a PSK both are needed; psk_ke alone is never taken here
        if (data == null || groups == null) {
            throw new TlsAlertException(Alert.MISSING_EXTENSION, "key_share or supported_groups is missing");
        }
        TlsReader list = data.vector(2, 0);
        data.end();
        while (list.hasMore()) {
            int group = list.u16();
            TlsReader share = list.vector(2, 1);
            // RFC 9846 §4.2.8
            if (shareCount == TlsLimits.KEY_SHARES) throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "too many key shares");
            for (int i = 0; i < shareCount; i++) {
                if (shareGroups[i] == group) throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "two key shares for a group");
            }
            if (!contains(groups, group)) {
                throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "key share for a group not in supported_groups");
            }
            shareGroups[shareCount] = group;
            shareAt[shareCount] = share.position();
            shareLength[shareCount++] = share.remaining();
        }
    }

    private boolean readPskModes() throws TlsAlertException {
        TlsReader data = extensions.find(Extensions.PSK_KEY_EXCHANGE_MODES);
        if (data == null) return false;
        TlsReader modes = data.vector(1, 1);
        data.end();
        boolean dhe = false;
        while (modes.hasMore()) dhe |= modes.u8() == 1;
        return dhe;
    }

    /** RFC 9846 §4.2.11. */
    private int readPsks() throws TlsAlertException {
        TlsReader data = extensions.find(Extensions.PRE_SHARED_KEY);
        if (data == null) return 0;
        if (!extensions.has(Extensions.PSK_KEY_EXCHANGE_MODES)) {
            throw new TlsAlertException(Alert.MISSING_EXTENSION, "pre_shared_key without psk_key_exchange_modes");
        }
        TlsReader list = data.vector(2, 7);
        int identityCount = 0, binderCount = 0;
        for (; list.hasMore(); identityCount++) {
            TlsReader identity = list.vector(2, 1);
            long age = list.u32();
            if (identityCount >= TlsLimits.PSK_IDENTITIES) continue;
            identities[identityCount] = identity.rest();
            obfuscatedAges[identityCount] = age;
        }
        int truncated = data.position();
        list = data.vector(2, 33);
        data.end();
        for (; list.hasMore(); binderCount++) {
            TlsReader binder = list.vector(1, 32);
            if (binderCount < TlsLimits.PSK_IDENTITIES) binders[binderCount] = binder.rest();
        }
        if (binderCount != identityCount) throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "as many binders as identities needed");
        pskCount = Math.min(identityCount, TlsLimits.PSK_IDENTITIES);
        return truncated;
    }

    private static boolean contains(int[] list, int value) {
        if (list != null) for (int each : list) if (each == value) return true;
        return false;
    }
}
