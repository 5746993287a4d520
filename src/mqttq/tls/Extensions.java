package mqttq.tls;

/** The extensions of one message, checked against where each may appear (RFC 9846 §4.2); their contents are read in place. */
final class Extensions {
    static final int SERVER_NAME = 0, STATUS_REQUEST = 5, SUPPORTED_GROUPS = 10, SIGNATURE_ALGORITHMS = 13, ALPN = 16, PADDING = 21,
        PRE_SHARED_KEY = 41, EARLY_DATA = 42, SUPPORTED_VERSIONS = 43, COOKIE = 44, PSK_KEY_EXCHANGE_MODES = 45,
            CERTIFICATE_AUTHORITIES = 47,
        OID_FILTERS = 48, POST_HANDSHAKE_AUTH = 49, SIGNATURE_ALGORITHMS_CERT = 50, KEY_SHARE = 51, QUIC_TRANSPORT_PARAMETERS = 57;

    /** The messages of the RFC's table. */
    static final int CH = 1, SH = 2, HRR = 4, EE = 8, CT = 16, CR = 32, NST = 64;
    private static final int RESPONSES = SH | HRR | EE | CT;

    private final byte[] buf;
    private final int[] types = new int[TlsLimits.EXTENSIONS], starts = new int[TlsLimits.EXTENSIONS], ends = new int[TlsLimits.EXTENSIONS];
    private int count;

    private Extensions(byte[] buf) { this.buf = buf; }

    /**
     * Reads the list with its length; nothing may follow it but what the caller goes on to read.
     * @param offered a bit for each extension below 64 that was requested, as {@link #bit} makes it; looked at for responses only
     */
    static Extensions read(byte[] buf, TlsReader in, int message, long offered) throws TlsAlertException {
        Extensions found = new Extensions(buf);
        TlsReader list = in.vector(2, 0);
        while (list.hasMore()) {
            int type = list.u16();
            TlsReader data = list.vector(2, 0);
            if (found.index(type) >= 0) throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "extension " + type + " twice");
            if (found.count == TlsLimits.EXTENSIONS) throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "too many extensions");
            if ((message & CH) != 0 && found.index(PRE_SHARED_KEY) >= 0) {
                throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "pre_shared_key is not the last extension");
            }
            int allowed = allowedIn(type);
            if (allowed != 0 && (allowed & message) == 0) {
                throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "extension " + type + " in the wrong message");
            }
            if ((message & RESPONSES) != 0 && (allowed == 0 || (bit(type) & offered) == 0)) {
                throw new TlsAlertException(Alert.UNSUPPORTED_EXTENSION, "extension " + type + " was not asked for");
            }
            found.types[found.count] = type;
            found.starts[found.count] = data.position();
            found.ends[found.count++] = data.position() + data.remaining();
        }
        return found;
    }

    static long bit(int type) { return 1L << type; }
    boolean has(int type) { return index(type) >= 0; }

    /** The content of this extension, or null where it is absent. */
    TlsReader find(int type) {
        int i = index(type);
        return i < 0 ? null : new TlsReader(buf, starts[i], ends[i]);
    }

    /** The content of this extension, or missing_extension. */
    TlsReader need(int type) throws TlsAlertException {
        TlsReader data = find(type);
        if (data == null) throw new TlsAlertException(Alert.MISSING_EXTENSION, "extension " + type + " is missing");
        return data;
    }

    /** An extension that is only there or not; true if it is. */
    boolean flag(int type) throws TlsAlertException {
        TlsReader data = find(type);
        if (data == null) return false;
        data.end();
        return true;
    }

    int count() { return count; }
    int type(int i) { return types[i]; }

    /** Where the whole extension i starts and ends in the message, type and length included. */
    int start(int i) { return starts[i] - 4; }
    int end(int i) { return ends[i]; }

    private int index(int type) {
        for (int i = 0; i < count; i++) if (types[i] == type) return i;
        return -1;
    }

    /** The messages where an extension that we recognise may appear; 0: not recognised. */
    private static int allowedIn(int type) {
        return switch (type) {
            case SERVER_NAME -> CH | EE | CR;
            case STATUS_REQUEST -> CH | CR | CT;
            case SUPPORTED_GROUPS, ALPN, QUIC_TRANSPORT_PARAMETERS -> CH | EE;
            case SIGNATURE_ALGORITHMS, SIGNATURE_ALGORITHMS_CERT, CERTIFICATE_AUTHORITIES -> CH | CR;
            case PRE_SHARED_KEY -> CH | SH;
            case EARLY_DATA -> CH | EE | NST;
            case SUPPORTED_VERSIONS, KEY_SHARE -> CH | SH | HRR;
            case COOKIE -> CH | HRR;
            case PADDING, PSK_KEY_EXCHANGE_MODES, POST_HANDSHAKE_AUTH -> CH;
            case OID_FILTERS -> CR;
            default -> 0;
        };
    }
}
