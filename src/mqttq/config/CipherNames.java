package mqttq.config;

import java.util.ArrayList;
import java.util.List;

/** OpenSSL's cipher lists ({@code ECDHE+AESGCM:!aNULL}) in JSSE's names, for the suites that the JDK has. */
public final class CipherNames {
    /** What every JDK can do of TLS 1.2 with forward secrecy (from 24 on there is nothing else), as OpenSSL calls it, best first. */
    private static final String[] TLS12 = {
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305", "DHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES256-SHA256",
        "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-SHA256",
        "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA", "DHE-RSA-AES256-SHA",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-SHA",
    };
    static final List<String> TLS13 = List.of("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");

    private CipherNames() { }

    /** @throws IllegalArgumentException with the reason, where a name is unknown or nothing is left */
    public static List<String> tls12(String list) {
        List<String> on = new ArrayList<>(), banned = new ArrayList<>();
        for (String item : list.split("[:, ]+")) {
            if (item.isEmpty() || item.startsWith("@")) continue;
            char sign = item.charAt(0);
            boolean signed = sign == '!' || sign == '-' || sign == '+';
            List<String> matching = matching(signed ? item.substring(1) : item);
            if (sign == '!' || sign == '-') {
                on.removeAll(matching);
                if (sign == '!') banned.addAll(matching);
            } else if (sign == '+') {
                matching.retainAll(on);
                on.removeAll(matching);
                on.addAll(matching);
            } else if (matching.isEmpty()) {
                throw new IllegalArgumentException("'" + item + "' is unknown, or the JDK does not have it");
            } else {
                matching.removeAll(banned);
                matching.removeAll(on);
                on.addAll(matching);
            }
        }
        if (on.isEmpty()) throw new IllegalArgumentException("no cipher is left");
        for (int i = 0; i < on.size(); i++) on.set(i, jsseName(on.get(i)));
        return List.copyOf(on);
    }

    /** The same for TLS 1.3, where both call the suites alike. */
    public static List<String> tls13(String list) {
        List<String> on = new ArrayList<>();
        for (String item : list.split("[:, ]+")) {
            if (!TLS13.contains(item)) throw new IllegalArgumentException("'" + item + "' is unknown, or the JDK does not have it");
            if (!on.contains(item)) on.add(item);
        }
        return List.copyOf(on);
    }

    /** All suites that have every property of {@code words}, joined by plus signs; a whole name is one too. */
    private static List<String> matching(String words) {
        List<String> found = new ArrayList<>();
        for (String name : TLS12) {
            boolean all = true;
            for (String word : words.split("\\+")) all &= is(name, word);
            if (all) found.add(name);
        }
        return found;
    }

    private static boolean is(String name, String word) {
        boolean ecdhe = name.startsWith("ECDHE-"), dhe = name.startsWith("DHE-"), ecdsa = name.startsWith("ECDHE-ECDSA-");
        return switch (word) {
            case "ALL", "DEFAULT", "HIGH", "TLSv1.2" -> true;
            case "ECDHE", "EECDH", "kECDHE", "kEECDH" -> ecdhe;
            case "DHE", "EDH", "kDHE", "kEDH", "DH" -> dhe;
            case "aRSA" -> !ecdsa;
            case "ECDSA", "aECDSA" -> ecdsa;
            case "AESGCM" -> name.contains("-GCM-");
            case "AES", "AES128", "AES256", "CHACHA20" -> name.contains(word);
            case "SHA", "SHA1" -> name.endsWith("-SHA");
            case "SHA256", "SHA384" -> name.endsWith("-" + word) && !name.contains("-GCM-");
            default -> name.equals(word);
        };
    }

    private static String jsseName(String name) {
        String exchange = name.startsWith("ECDHE-ECDSA-") ? "ECDHE_ECDSA" : name.startsWith("ECDHE-RSA-") ? "ECDHE_RSA" : "DHE_RSA";
        String cipher = name.substring(exchange.length() + 1);
        if (cipher.startsWith("CHACHA20")) return "TLS_" + exchange + "_WITH_CHACHA20_POLY1305_SHA256";
        String mode = cipher.contains("-GCM-") ? "_GCM_" : "_CBC_";
        return "TLS_" + exchange + "_WITH_AES_" + cipher.substring(3, 6) + mode + cipher.substring(cipher.lastIndexOf('-') + 1);
    }
}
