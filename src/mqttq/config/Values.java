package mqttq.config;

/** Numbers as people write them in files and on command lines. */
final class Values {
    private Values() { }

    /** A decimal number without sign, at most 9 digits; -1 for anything else. */
    static int number(String text) {
        if (text.isEmpty() || text.length() > 9) return -1;
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) return -1;
            value = 10 * value + digit;
        }
        return value;
    }
}
